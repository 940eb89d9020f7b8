import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { APP_ID } from '../../main/shell/electron-host.ts'
import { commandWords } from '../../main/shell/command-mode.ts'
import { unpackedPath } from '../../main/pool.ts'
import { PRODUCT } from '../../main/updates/manifest.ts'
import { RELEASE_SOURCE } from '../../main/updates/release-keys.ts'

const ROOT = join(import.meta.dirname, '..', '..')

interface Configuration {
  readonly appId: string
  readonly asar: boolean
  readonly asarUnpack: readonly string[]
  readonly files: readonly string[]
  readonly npmRebuild: boolean
  readonly electronFuses: Readonly<Record<string, boolean>>
  readonly linux: { readonly target: readonly string[]; readonly executableName: string; readonly icon: string }
  readonly mac: Readonly<Record<string, unknown>> & { readonly extendInfo: unknown }
  readonly publish?: { readonly url: string }
  readonly win: {
    readonly verifyUpdateCodeSignature: boolean
    readonly target: readonly string[]
    readonly icon: string
  }
  readonly nsis: Readonly<Record<string, boolean>>
}

/** Read by the very parser electron-builder uses. */
function readConfiguration(): Configuration {
  const fromBuilder = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
  const yaml = fromBuilder('js-yaml') as { load(text: string): unknown }
  return yaml.load(readFileSync(join(ROOT, 'electron-builder.yml'), 'utf8')) as Configuration
}

describe('the packaged application', () => {
  const configuration = readConfiguration()

  it('has every fuse set the safe way', () => {
    expect(configuration.electronFuses).toEqual({
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    })
  })

  it('is known by the identity its notices are sent under, and its releases are for', () => {
    expect(configuration.appId).toBe(APP_ID)
    expect(PRODUCT).toBe(APP_ID)
  })

  it('looks for updates where it was built to, and nowhere as long as it knows no key', () => {
    const { keys, feed } = RELEASE_SOURCE
    expect(configuration.publish?.url).toBe(keys.length === 0 ? undefined : feed)
    expect(configuration.win.verifyUpdateCodeSignature).toBe(true)
  })

  it('comes as AppImage and deb, dmg, and a per-user installer that leaves the data alone', () => {
    expect(configuration.linux.target).toEqual(['AppImage', 'deb'])
    expect(configuration.mac['target']).toEqual(['dmg', 'zip'])
    expect(configuration.mac['hardenedRuntime']).toBe(true)
    expect(configuration.mac.extendInfo).toEqual({ LSUIElement: true })
    expect(configuration.win.target).toEqual(['nsis'])
    expect(configuration.nsis).toMatchObject({ perMachine: false, deleteAppDataOnUninstall: false })
  })

  it('ships an archive, compiles nothing, and keeps threads and native modules outside the archive', () => {
    expect(configuration.asar).toBe(true)
    expect(configuration.npmRebuild).toBe(false)
    expect(configuration.asarUnpack).toEqual(
      expect.arrayContaining(['out/workers/**', 'out/common/**', 'package.json', '**/*.node']),
    )
  })

  it('names icons and entitlements that exist, the icons in containers that list what they hold', () => {
    for (const path of [
      configuration.linux.icon,
      configuration.win.icon,
      configuration.mac['icon'],
      configuration.mac['entitlements'],
    ]) {
      expect(existsSync(join(ROOT, path as string)), String(path)).toBe(true)
    }
    const ico = readFileSync(join(ROOT, configuration.win.icon))
    const sizes = Array.from({ length: ico.readUInt16LE(4) }, (_, index) => ico.readUInt8(6 + 16 * index) || 256)
    expect(sizes).toEqual([16, 20, 24, 32, 40, 48, 64, 128, 256])
    for (let index = 0; index < sizes.length; index++) {
      const offset = ico.readUInt32LE(6 + 16 * index + 12)
      expect(ico.subarray(offset + 1, offset + 4).toString('latin1')).toBe('PNG')
      expect(ico.readUInt32BE(offset + 16)).toBe(sizes[index])
    }
    const icns = readFileSync(join(ROOT, configuration.mac['icon'] as string))
    expect([icns.subarray(0, 4).toString('latin1'), icns.readUInt32BE(4)]).toEqual(['icns', icns.length])
  })

  it('finds its worker threads beside the archive, and in place in a checkout', () => {
    expect(unpackedPath('/opt/Tidekeep/resources/app.asar/out/workers/entry.js')).toBe(
      '/opt/Tidekeep/resources/app.asar.unpacked/out/workers/entry.js',
    )
    expect(unpackedPath('C:\\Tidekeep\\resources\\app.asar\\out\\workers\\entry.js')).toBe(
      'C:\\Tidekeep\\resources\\app.asar.unpacked\\out\\workers\\entry.js',
    )
    for (const path of [
      '/home/x/tidekeep/workers/entry.ts',
      '/x/app.asar.unpacked/out/workers/entry.js',
      '/x/my-app.asar/e.js',
      '/x/app.asarx/e.js',
    ]) {
      expect(unpackedPath(path)).toBe(path)
    }
  })

  it('takes words for the command line, and switches for the desktop', () => {
    expect(commandWords(['/usr/bin/tidekeep', 'status', '--json'], true)).toEqual(['status', '--json'])
    expect(commandWords(['/usr/bin/tidekeep', '--help'], true)).toEqual(['--help'])
    expect(commandWords(['/usr/bin/tidekeep'], true)).toBeUndefined()
    expect(commandWords(['/usr/bin/tidekeep', '--hidden'], true)).toBeUndefined()
    expect(commandWords(['/usr/bin/tidekeep', '--enable-features=x', '--hidden'], true)).toBeUndefined()
    expect(commandWords(['electron', '.', '--hidden'], false)).toBeUndefined()
    expect(commandWords(['electron', '.', 'status'], false)).toEqual(['status'])
  })
})
