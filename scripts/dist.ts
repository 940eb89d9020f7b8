/**
 * `npm run dist`: builds, and makes the installers of this system in `dist`. Arguments go to electron-builder, which packs the
 * Electron runtime and fetches by itself what installers are made with. Where the runtime is not here and cannot be fetched, one
 * sentence says so before anything is begun. `-- --linux dir` makes the directory that would be installed, and needs the runtime only.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.ts'
import { fetchElectron, findElectron, surroundingsOf, type Surroundings } from './start.ts'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/**
 * What electron-builder has to be told of the runtime, besides `args`. Undefined where there is none, and `fetch` brings none
 * either. A directory that `ELECTRON_OVERRIDE_DIST_PATH` names goes before what would be fetched, and `-c.electronDist` before both.
 */
export function runtimeOptions(
  surroundings: Surroundings,
  args: readonly string[],
  fetch: (surroundings: Surroundings) => string | undefined = fetchElectron,
): readonly string[] | undefined {
  if (args.some((arg) => /^(-c|--config)\.electronDist\b/.test(arg))) return []
  if ((findElectron(surroundings) ?? fetch(surroundings)) === undefined) return undefined
  const directory = surroundings.env['ELECTRON_OVERRIDE_DIST_PATH']
  return directory === undefined ? [] : [`-c.electronDist=${directory}`]
}

async function dist(args: readonly string[]): Promise<number> {
  const surroundings = surroundingsOf(ROOT)
  const options = runtimeOptions(surroundings, args)
  if (options === undefined) {
    console.error(
      `tidekeep: no installer was made: Electron ${versionOf(surroundings)} is not on this computer and could not be fetched from github.com; ` +
        'try again with a connection, or name a directory that holds it in ELECTRON_OVERRIDE_DIST_PATH',
    )
    return 1
  }
  await build()
  const builder = join(ROOT, 'node_modules', 'electron-builder', 'cli.js')
  const { status } = spawnSync(process.execPath, [builder, ...args, ...options], { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0)
    console.error(
      'tidekeep: not every installer was made, for what electron-builder says above; it fetches what installers are made with from github.com, ' +
        'and "npm run dist -- --linux dir" needs none of that',
    )
  return status ?? 1
}

function versionOf({ electronPackage }: Surroundings): string {
  return (JSON.parse(readFileSync(join(electronPackage, 'package.json'), 'utf8')) as { readonly version: string })
    .version
}

if (import.meta.main) {
  try {
    process.exitCode = await dist(process.argv.slice(2))
  } catch (error) {
    console.error(`tidekeep: no installer was made\n${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  }
}
