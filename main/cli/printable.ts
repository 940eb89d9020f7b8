/** Control characters in names must not drive the terminal. */
export function printable(path: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  return path.replace(/[\u0000-\u001F\u007F-\u009F]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
