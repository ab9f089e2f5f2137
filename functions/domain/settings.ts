/** The value of an environment variable. Throws with its name if the deployment did not set it. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Environment variable ${name} is not set`);
  return value;
}
