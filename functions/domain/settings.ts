/** The value of an environment variable. Throws an error that names it if it is not set. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Environment variable ${name} is not set`);
  return value;
}
