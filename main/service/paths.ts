import { homedir } from 'node:os'
import { posix, win32 } from 'node:path'
import type { Paths } from '../host.ts'

/** Options of {@link choosePaths}; each defaults to the real machine. */
export interface PathsOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly platform?: NodeJS.Platform
  readonly homeDirectory?: string
}

/**
 * Where this installation keeps its things. `TIDEKEEP_HOME` moves everything below one directory;
 * otherwise each platform's own places: XDG base directories, `~/Library`, `%APPDATA%`. Relative XDG
 * values are ignored, as that specification asks. Nothing is created.
 */
export function choosePaths(options: PathsOptions = {}): Paths {
  const { env = process.env, platform = process.platform, homeDirectory = homedir() } = options
  const moved = env['TIDEKEEP_HOME']
  if (moved !== undefined && moved !== '') return below((platform === 'win32' ? win32 : posix).resolve(moved), platform)
  if (platform === 'win32') return windowsPaths(env, homeDirectory)
  return platform === 'darwin' ? macPaths(homeDirectory) : xdgPaths(env, homeDirectory)
}

/** Everything below one directory, which may be given as `--home` too. */
export function below(home: string, platform: NodeJS.Platform = process.platform): Paths {
  const path = platform === 'win32' ? win32 : posix
  return {
    home,
    config: path.join(home, 'config'),
    state: path.join(home, 'state'),
    cache: path.join(home, 'cache'),
    logs: path.join(home, 'logs'),
    run: path.join(home, 'run'),
  }
}

function xdgPaths(env: Readonly<Record<string, string | undefined>>, home: string): Paths {
  const base = (name: string): string | undefined => {
    const value = env[name]
    return value !== undefined && posix.isAbsolute(value) ? posix.join(value, 'tidekeep') : undefined
  }
  const state = base('XDG_STATE_HOME') ?? posix.join(home, '.local/state/tidekeep')
  return {
    home: state,
    config: base('XDG_CONFIG_HOME') ?? posix.join(home, '.config/tidekeep'),
    state,
    cache: base('XDG_CACHE_HOME') ?? posix.join(home, '.cache/tidekeep'),
    logs: posix.join(state, 'logs'),
    run: base('XDG_RUNTIME_DIR') ?? posix.join(state, 'run'),
  }
}

function macPaths(home: string): Paths {
  const support = posix.join(home, 'Library/Application Support/Tidekeep')
  return {
    home: support,
    config: support,
    state: posix.join(support, 'state'),
    cache: posix.join(home, 'Library/Caches/Tidekeep'),
    logs: posix.join(home, 'Library/Logs/Tidekeep'),
    run: posix.join(support, 'run'),
  }
}

function windowsPaths(env: Readonly<Record<string, string | undefined>>, home: string): Paths {
  const roaming = win32.join(env['APPDATA'] ?? win32.join(home, 'AppData\\Roaming'), 'Tidekeep')
  const local = win32.join(env['LOCALAPPDATA'] ?? win32.join(home, 'AppData\\Local'), 'Tidekeep')
  return {
    home: local,
    config: roaming,
    state: win32.join(local, 'state'),
    cache: win32.join(local, 'cache'),
    logs: win32.join(local, 'logs'),
    run: win32.join(local, 'run'),
  }
}
