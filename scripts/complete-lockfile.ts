/**
 * Run after every change of dependencies, with the project's own Node: writes package-lock.json anew,
 * then adds the platform packages that the registry at hand does not hold. npm leaves those out, and
 * `npm ci` then refuses the file; written down by version, they are skipped where the platform is
 * another, and fetched where it is theirs. They carry no integrity until a registry that has them
 * writes the file.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface LockedPackage {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly dev?: boolean
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const LOCK = `${ROOT}package-lock.json`
const SYSTEMS = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'aix',
  'win32',
  'win',
  'wasi',
] as const
const CPUS = [
  'arm64',
  'arm',
  'x64',
  'ia32',
  'ppc64',
  's390x',
  'riscv64',
  'loong64',
  'mips64el',
  'wasm32',
  'universal',
] as const

rmSync(LOCK, { force: true })
const npm = spawnSync('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--force'], {
  cwd: ROOT,
  stdio: 'inherit',
})
if (npm.status !== 0) throw new Error('npm could not write the lockfile.')
const lock = JSON.parse(readFileSync(LOCK, 'utf8')) as { packages: Record<string, LockedPackage> }
let added = 0
for (const [place, locked] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(locked.optionalDependencies ?? {})) {
    if (isLocked(place, name)) continue
    const platform = platformOf(name)
    if (platform === undefined) throw new Error(`${name} is missing from the registry and names no platform.`)
    const version = range.replace(/^[\^~]/, '')
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(locked.dev === true ? { dev: true } : {}),
      optional: true,
      ...platform,
    }
    added++
  }
}
const sorted = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(LOCK, `${JSON.stringify({ ...lock, packages: sorted }, undefined, 2)}\n`)
console.log(`package-lock.json: ${Object.keys(sorted).length} packages, ${added} of other platforms added by version`)

/** As Node resolves: beside the dependent, or in any folder above it. */
function isLocked(place: string, name: string): boolean {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    if (lock.packages[at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`] !== undefined) return true
    if (at === '') return false
  }
}

function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu'> | undefined {
  const words = name.split(/[-/@.]/)
  const system = SYSTEMS.find((word) => words.includes(word))
  const cpu = CPUS.find((word) => words.includes(word)) ?? (words.includes('gnueabihf') ? 'arm' : undefined)
  if (system === undefined && cpu !== 'wasm32') return undefined
  const os = system === 'wasi' || system === undefined ? undefined : system === 'win' ? 'win32' : system
  return {
    ...(os === undefined ? {} : { os: [os] }),
    ...(cpu === undefined || cpu === 'universal' ? {} : { cpu: [cpu] }),
  }
}
