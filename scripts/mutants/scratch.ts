import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
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

/**
 * Makes `count` copies of a checkout in a new temporary directory. The packages are linked: nothing
 * that runs in a copy writes there. Answers the directory, which is the caller's to remove, and the copies.
 */
export function makeCopies(
  root: string,
  files: readonly string[],
  count: number,
): { readonly directory: string; readonly copies: readonly string[] } {
  // Short names: sockets of the tests lie below, and their paths may have about a hundred characters.
  const directory = mkdtempSync(join(tmpdir(), 'tkm-'))
  // Some tests look at what another user may read, below it.
  chmodSync(directory, 0o755)
  const copies = Array.from({ length: count }, (_, index) => join(directory, String(index)))
  try {
    for (const copy of copies) copyTree(root, copy, files)
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
  return { directory, copies }
}

function copyTree(root: string, copy: string, files: readonly string[]): void {
  mkdirSync(join(copy, 't'), { recursive: true })
  for (const file of files) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    copyFileSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
}
