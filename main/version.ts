import { readFileSync } from 'node:fs'

/** The version in package.json; `main/` and `out/main/` are one and two levels below it. */
export const VERSION = readVersion()

function readVersion(): string {
  const up = import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json'
  const parsed = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { readonly version: string }
  return parsed.version
}
