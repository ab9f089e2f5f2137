interface Props {
  readonly label: string;
  readonly done: number;
  readonly of: number;
}

export const Progress = ({ label, done, of }: Props) => (
  <p class="progress">
    <progress aria-label={label} value={done} max={of} />
    <span class="small quiet">
      {done} of {of}
    </span>
  </p>
);
