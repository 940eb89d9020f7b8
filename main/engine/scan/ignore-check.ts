import { join } from 'node:path'
import { RESERVED_DIRECTORY } from '../../../common/paths.ts'
import { IgnoreTree, orderOuterLines } from '../../../workers/ignore/explain.ts'
import { IGNORE_FILE, type IgnoreVerdict } from '../../../workers/ignore/ignore-level.ts'
import { readIgnoreFile } from '../../../workers/ignore/read-ignore-file.ts'

export type { IgnoreVerdict } from '../../../workers/ignore/ignore-level.ts'

/** What decides whether a path of one folder is left out. */
export interface IgnoreCheckOptions {
  /** Absolute path of the folder. */
  readonly root: string
  readonly globalLines: readonly string[]
  /** The folder's own lines; they win over the global ones. */
  readonly folderLines: readonly string[]
  /** As `ScannerOptions.excludedPaths`. */
  readonly excludedPaths?: readonly string[]
}

/** Answers for one folder, as a scan would. Paths are relative to the root and '/'-separated. */
export interface IgnoreCheck {
  /**
   * For `WatchOptions.isIgnored`. The `.tidekeepignore` files it read are kept until it is asked
   * about one of them, which is what a watcher does when one changes.
   */
  readonly isIgnored: (path: string, isDirectory: boolean) => boolean
  /** Which line ignores the path, and where that line stands: `global`, `folder` or the path of a `.tidekeepignore`. Reads the files anew. */
  readonly explain: (path: string, isDirectory: boolean) => IgnoreVerdict
}

/** Reads `.tidekeepignore` files synchronously, each once. */
export function createIgnoreCheck(options: IgnoreCheckOptions): IgnoreCheck {
  const tree = new IgnoreTree(orderOuterLines({ global: options.globalLines, folder: options.folderLines }), (path) =>
    readIgnoreFile(join(options.root, path)),
  )
  const excluded = excludedBelow(options)
  const isExcluded = (path: string): boolean => excluded.some((one) => path === one || path.startsWith(`${one}/`))
  return {
    isIgnored: (path, isDirectory) => {
      if (path === IGNORE_FILE || path.endsWith(`/${IGNORE_FILE}`)) {
        tree.forget(path.slice(0, Math.max(0, path.length - IGNORE_FILE.length - 1)))
      }
      return isExcluded(path) || tree.explain(path, isDirectory).ignored
    },
    explain: (path, isDirectory) => {
      tree.forget('')
      if (!isExcluded(path)) return tree.explain(path, isDirectory)
      return { ignored: true, path, source: 'tidekeep', line: 0, pattern: "Tidekeep's own files and the target" }
    },
  }
}

function excludedBelow({ root, excludedPaths = [] }: IgnoreCheckOptions): readonly string[] {
  const prefix = `${plain(root)}/`
  const below = excludedPaths
    .map(plain)
    .filter((path) => path.startsWith(prefix))
    .map((path) => path.slice(prefix.length))
  return [RESERVED_DIRECTORY, ...below]
}

function plain(path: string): string {
  return (process.platform === 'win32' ? path.replaceAll('\\', '/') : path).replace(/\/+$/, '')
}
