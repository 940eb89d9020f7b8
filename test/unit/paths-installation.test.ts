import { describe, expect, it } from 'vitest'
import { below, choosePaths } from '../../main/service/paths.ts'

const linux = (env: Record<string, string>) => choosePaths({ env, platform: 'linux', homeDirectory: '/home/u' })

describe('the places of an installation', () => {
  it('are those of the XDG specification on Linux', () => {
    expect(linux({})).toEqual({
      home: '/home/u/.local/state/tidekeep',
      config: '/home/u/.config/tidekeep',
      state: '/home/u/.local/state/tidekeep',
      cache: '/home/u/.cache/tidekeep',
      logs: '/home/u/.local/state/tidekeep/logs',
      run: '/home/u/.local/state/tidekeep/run',
    })
    const env = { XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/k', XDG_RUNTIME_DIR: '/run/user/1' }
    expect(linux(env)).toEqual({
      home: '/s/tidekeep',
      config: '/c/tidekeep',
      state: '/s/tidekeep',
      cache: '/k/tidekeep',
      logs: '/s/tidekeep/logs',
      run: '/run/user/1/tidekeep',
    })
  })

  it('ignore relative XDG values, as the specification asks', () => {
    expect(linux({ XDG_CONFIG_HOME: 'relative', XDG_STATE_HOME: '' })).toEqual(linux({}))
  })

  it('are in the Library on macOS', () => {
    const paths = choosePaths({ env: {}, platform: 'darwin', homeDirectory: '/Users/u' })
    expect(paths.config).toBe('/Users/u/Library/Application Support/Tidekeep')
    expect([paths.cache, paths.logs]).toEqual(['/Users/u/Library/Caches/Tidekeep', '/Users/u/Library/Logs/Tidekeep'])
  })

  it('are in AppData on Windows', () => {
    const env = { APPDATA: 'C:\\Users\\u\\AppData\\Roaming', LOCALAPPDATA: 'C:\\Users\\u\\AppData\\Local' }
    const paths = choosePaths({ env, platform: 'win32', homeDirectory: 'C:\\Users\\u' })
    expect(paths.config).toBe('C:\\Users\\u\\AppData\\Roaming\\Tidekeep')
    expect(paths.state).toBe('C:\\Users\\u\\AppData\\Local\\Tidekeep\\state')
    expect(choosePaths({ env: {}, platform: 'win32', homeDirectory: 'C:\\Users\\u' })).toEqual(paths)
  })

  it.each(['linux', 'darwin', 'win32'] as const)('all move below TIDEKEEP_HOME on %s', (platform) => {
    const home = platform === 'win32' ? 'D:\\keep' : '/keep'
    const paths = choosePaths({
      env: { TIDEKEEP_HOME: home, XDG_CONFIG_HOME: '/c' },
      platform,
      homeDirectory: '/home/u',
    })
    expect(paths).toEqual(below(home, platform))
    for (const path of Object.values(paths)) expect(path.startsWith(home)).toBe(true)
    expect(new Set(Object.values(paths)).size).toBe(6)
  })
})
