import { notice } from './notice.ts';

export const Notice = () => (
  <div class="notice" role="status">
    {notice.value && <span>{notice.value}</span>}
  </div>
);
