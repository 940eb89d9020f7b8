import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The files a checkout consists of: tracked ones, and new ones that are not ignored. */
export function filesOf(root: string): readonly string[] {
  const output = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const names = [...new Set(output.split('\0'))].filter((name) => name !== '')
  return names.filter((name) => existsSync(join(root, name)) && lstatSync(join(root, name)).isFile()).sort()
}

/** Says which content the files have; equal only for equal trees. */
export function digestOf(root: string, files: readonly string[]): string {
  const hasher = createHash('sha256')
  for (const file of files)
    hasher
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  return hasher.digest('hex')
}

/** A new directory for copies, which is the caller's to remove. */
export function makePlace(): string {
  // A short name: sockets of the tests lie below, and their paths may have about a hundred characters.
  const place = mkdtempSync(join(tmpdir(), 'tkm-'))
  // Some tests look at what another user may read, below it.
  chmodSync(place, 0o755)
  return place
}

/** Makes `count` built copies of a checkout. The packages are linked: nothing that runs in a copy keeps anything there. */
export async function makeCopies(
  from: { readonly root: string; readonly files: readonly string[] },
  place: string,
  count: number,
): Promise<readonly string[]> {
  const copies = Array.from({ length: count }, (_, index) => join(place, String(index)))
  for (const copy of copies) copyTree(from.root, copy, from.files)
  const [first, ...others] = copies
  if (!(await build(first!))) throw new Error('The checkout does not build: run "npm run build".')
  for (const other of others)
    cpSync(join(first!, 'out'), join(other, 'out'), { recursive: true, preserveTimestamps: true })
  return copies
}

function copyTree(root: string, copy: string, files: readonly string[]): void {
  mkdirSync(join(copy, 't'), { recursive: true })
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    copyFileSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
}

/** Builds what is stale in a copy. False when it could not all be built; what could is there. */
export function build(copy: string): Promise<boolean> {
  const child = spawn(process.execPath, ['scripts/build.ts'], { cwd: copy, stdio: 'ignore' })
  return new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}
