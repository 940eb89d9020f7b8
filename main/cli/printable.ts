/** Characters in names must neither drive the terminal, end a line, nor turn what follows around. */
export function printable(path: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is looked for
  return path.replace(/[\u0000-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
