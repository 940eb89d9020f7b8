const ANSWERED_BY_COMMAND: ReadonlySet<string> = new Set(['--help', '-h', '--version', '-V'])

/**
 * The words of a command line given to the packaged application (`tidekeep status`), or undefined
 * when it was started to be shown: without words, or with switches of Chromium and the login item.
 */
export function commandWords(argv: readonly string[], isPackaged: boolean): readonly string[] | undefined {
  // Unpackaged, the first argument is the directory Electron was pointed at.
  const words = argv.slice(isPackaged ? 1 : 2)
  const [first] = words
  if (first === undefined) return undefined
  return !first.startsWith('-') || ANSWERED_BY_COMMAND.has(first) ? words : undefined
}
