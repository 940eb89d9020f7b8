import { join, relative, sep } from 'node:path'
import { createIgnoreCheck } from '../engine/scan/ignore-check.ts'
import { usageError } from './failure.ts'
import { lookAt } from './look.ts'
import type { IgnoreAnswer, IgnoreFolder } from './ports.ts'
import { cliTexts } from './cli-texts.ts'

/** Asks the same rules as a scan. Throws a usage error for a path outside of the folder. */
export async function checkIgnore(folder: IgnoreFolder, path: string): Promise<IgnoreAnswer> {
  const below = relative(folder.path, path)
  if (below === '..' || below.startsWith(`..${sep}`)) {
    throw usageError(
      cliTexts.checkIgnore.isNotInside({ path, path2: folder.path }),
      cliTexts.checkIgnore.isNotInsideFix,
    )
  }
  const isDirectory = lookAt(path)?.isDirectory() === true
  const relPath = below.split(sep).join('/')
  const verdict = createIgnoreCheck({
    root: folder.path,
    globalLines: folder.globalIgnore,
    folderLines: folder.ignore,
  }).explain(relPath, isDirectory)
  if (!verdict.ignored) return { ignored: false }
  return {
    ignored: true,
    file: fileOf(verdict.source, folder.path),
    line: verdict.line,
    pattern: verdict.pattern,
    ...(verdict.path === relPath ? {} : { through: join(folder.path, verdict.path) }),
  }
}

function fileOf(source: string, root: string): string {
  if (source === 'global') return cliTexts.checkIgnore.theRulesForEveryFolder
  if (source === 'folder') return cliTexts.checkIgnore.theRulesOfThisFolder
  return join(root, source)
}
