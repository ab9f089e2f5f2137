import { useRef } from 'preact/hooks';

interface Props {
  readonly label: string;
  readonly running: boolean;
  readonly many?: true;
  take(files: readonly File[]): void;
}

const pictureTypes = 'image/png,image/jpeg,image/webp';

/** A button to choose picture files. */
export function PictureInput({ label, running, many, take }: Props) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" disabled={running} onClick={() => input.current?.click()}>
        {running ? 'Uploading …' : label}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={pictureTypes}
        multiple={many}
        onChange={({ currentTarget }) => {
          take([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
    </>
  );
}
