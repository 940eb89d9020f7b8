/**
 * Runs at the end of `npm ci`: builds when the tools to build with are installed, and says in one
 * line why not otherwise. Plain JavaScript: it may meet a Node that cannot strip types.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const TOOLS = ['typescript', 'vite', 'assemblyscript']
const bundled = join(ROOT, 'node_modules', '.bin', process.platform === 'win32' ? 'node.exe' : 'node')
const node = existsSync(bundled) ? bundled : process.execPath

const obstacle = findObstacle()
if (obstacle === undefined) {
  const { status } = spawnSync(node, [join(ROOT, 'scripts', 'build.ts')], { stdio: 'inherit', cwd: ROOT })
  process.exitCode = status ?? 1
} else {
  const built = existsSync(join(ROOT, 'out', 'program'))
  console.log(`tidekeep: not built (${obstacle})${built ? '; using the build in out/' : ''}`)
}

function findObstacle() {
  if (!existsSync(join(ROOT, 'scripts', 'build.ts'))) return 'sources are not part of this package'
  if (TOOLS.some((tool) => !existsSync(join(ROOT, 'node_modules', tool)))) {
    return 'development dependencies are not installed'
  }
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (node === process.execPath && (major < 22 || (major === 22 && minor < 22))) {
    return `Node 22.22 or newer is needed and this is ${process.versions.node}`
  }
  return undefined
}
