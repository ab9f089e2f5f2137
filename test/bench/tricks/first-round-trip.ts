/** get-persona, which makes a first call to the table while it is loaded. */
import { getItems } from '../../../functions/storage/dynamo.ts';

export { handler } from '../../../functions/get-persona.ts';

getItems({ PK: '-', SK: '-' }).catch(() => {});
