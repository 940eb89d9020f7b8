/**
 * Gitignore lines for `--include` and `--exclude`. Put what `includeLines` gives before every other
 * line and what `excludeLines` gives after the global ones: an include narrows what is taken, it
 * does not bring back what another rule leaves out.
 */
export function includeLines(globs: readonly string[]): readonly string[] {
  if (globs.length === 0) return []
  return ['*', '!*/', ...globs.map(trimGlob).flatMap((glob) => [`!${glob}`, `!${contentsOf(glob)}`])]
}

/** Globs are gitignore patterns, except that '!' and '#' have no meaning at their start. */
export function excludeLines(globs: readonly string[]): readonly string[] {
  return globs.map((glob) => glob.replace(/^[!#]/, String.raw`\$&`))
}

function trimGlob(glob: string): string {
  return glob.replace(/\/+$/, '')
}

/** What is below a directory the glob names: a pattern without '/' matches at any depth. */
function contentsOf(glob: string): string {
  return glob.includes('/') ? `${glob}/**` : `**/${glob}/**`
}
