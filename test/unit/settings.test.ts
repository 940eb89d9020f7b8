import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS, type FolderSettings, type Settings } from '../../common/settings.ts'
import { SETTING_KEYS, parseSetting, toSettingKey } from '../../common/setting-values.ts'
import { environmentName, flagName, resolveSettings, type ConfigInput } from '../../main/state/config-resolution.ts'
import { openSettings } from '../../main/state/settings-store.ts'
import { temporaryPaths } from '../fakes/host.ts'

const FOLDER: FolderSettings = {
  id: 'f1',
  name: 'Documents',
  path: '/home/someone/Documents',
  target: 's3://bucket/prefix',
  mode: 'backup',
  paused: false,
  ignore: [],
}

/** A config directory whose settings file holds `text`. */
function withFile(text: string): { readonly directory: string; readonly path: string } {
  const directory = temporaryPaths().config
  mkdirSync(directory, { recursive: true })
  const path = join(directory, 'settings.json')
  writeFileSync(path, text)
  return { directory, path }
}

describe('the settings file', () => {
  it('is not made before something is changed; then it holds what differs from the defaults', async () => {
    const directory = temporaryPaths().config
    const store = await openSettings(directory)
    expect(store.get()).toEqual(DEFAULT_SETTINGS)
    expect(existsSync(directory)).toBe(false)
    await store.update((settings) => ({ ...settings, theme: 'dark', folders: [FOLDER] }))
    expect(JSON.parse(readFileSync(store.path, 'utf8'))).toEqual({ version: 1, theme: 'dark', folders: [FOLDER] })
    expect(statSync(store.path).mode & 0o777).toBe(0o600)
    expect([...store.stored()].sort()).toEqual(['folders', 'theme', 'version'])
    const again = await openSettings(directory)
    expect(again.get()).toEqual({ ...DEFAULT_SETTINGS, theme: 'dark', folders: [FOLDER] })
  })

  it('keeps members it does not know, at every level', async () => {
    const { directory, path } = withFile(
      JSON.stringify({
        version: 1,
        future: { a: 1 },
        folders: [{ ...FOLDER, colour: 'blue', s3: { region: 'x', tier: 2 } }],
      }),
    )
    const store = await openSettings(directory)
    await store.update((settings) => ({ ...settings, autostart: true }))
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      version: 1,
      future: { a: 1 },
      autostart: true,
      folders: [{ ...FOLDER, colour: 'blue', s3: { region: 'x', tier: 2 } }],
    })
  })

  it.each([
    ['{ "version": 1,\n  "theme": "dark",\n}', /not valid JSON \(line 3, column 1\)/],
    ['', /it is empty/],
    ['[]', /not a JSON object/],
    ['{"version":1,"theme":"pink"}', /theme must be one of "system", "light", "dark"/],
    ['{"version":1,"bandwidthLimit":"5MiB"}', /bandwidthLimit must be a whole number of bytes a second/],
    ['{"version":1,"reconcileMs":7200000}', /reconcileMs must be a whole number of milliseconds, 1000 to 3600000/],
    [
      JSON.stringify({ folders: [{ ...FOLDER, mode: 'both-ways' }] }),
      /folders\[0\]\.mode must be one of "backup", "mirror"/,
    ],
    [JSON.stringify({ folders: [{ ...FOLDER, path: 'Documents' }] }), /folders\[0\]\.path must be an absolute path/],
    [JSON.stringify({ folders: [FOLDER, FOLDER] }), /folders\[1\]\.id is used by another folder/],
    [
      JSON.stringify({ folders: [{ ...FOLDER, s3: { endpoint: 'minio:9000' } }] }),
      /folders\[0\]\.s3\.endpoint must start with/,
    ],
  ])('is left alone and named when it cannot be used: %s', async (text, message) => {
    const { directory, path } = withFile(text)
    await expect(openSettings(directory)).rejects.toMatchObject({
      code: 'invalid',
      path,
      message: expect.stringMatching(message),
      fix: expect.any(String),
    })
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(readdirSync(directory)).toEqual(['settings.json'])
  })

  it('of a newer version is refused and left alone', async () => {
    const { directory, path } = withFile('{"version":2,"theme":7}')
    await expect(openSettings(directory)).rejects.toMatchObject({ code: 'unsupported' })
    expect(readFileSync(path, 'utf8')).toBe('{"version":2,"theme":7}')
  })

  it('keeps the last good content beside it, and points to it when the file is damaged or missing', async () => {
    const directory = temporaryPaths().config
    const store = await openSettings(directory)
    await store.update((settings) => ({ ...settings, theme: 'dark' }))
    await store.update((settings) => ({ ...settings, theme: 'light' }))
    const backup = `${store.path}.bak`
    expect(JSON.parse(readFileSync(backup, 'utf8'))).toMatchObject({ theme: 'dark' })
    writeFileSync(store.path, '{')
    await expect(openSettings(directory)).rejects.toMatchObject({ fix: expect.stringContaining(backup) })
    rmSync(store.path)
    await expect(openSettings(directory)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/missing, but a backup/),
    })
    rmSync(backup)
    expect((await openSettings(directory)).get()).toEqual(DEFAULT_SETTINGS)
  })

  it('saves nothing and keeps what it has when a change is not valid', async () => {
    const store = await openSettings(temporaryPaths().config)
    await store.update((settings) => ({ ...settings, concurrency: 4 }))
    const before = readFileSync(store.path, 'utf8')
    await expect(store.update((settings) => ({ ...settings, concurrency: -1 }))).rejects.toMatchObject({
      code: 'invalid',
    })
    await expect(
      store.update(() => {
        throw new Error('caller failed')
      }),
    ).rejects.toThrow('caller failed')
    expect(readFileSync(store.path, 'utf8')).toBe(before)
    expect(store.get().concurrency).toBe(4)
    await store.update((settings) => ({ ...settings, concurrency: 5 }))
    expect(store.get().concurrency).toBe(5)
  })

  it('runs changes one after the other and tells each to its listeners', async () => {
    const store = await openSettings(temporaryPaths().config)
    const told: number[] = []
    const end = store.onChange((settings) => told.push(settings.concurrency))
    await Promise.all(
      Array.from({ length: 5 }, () =>
        store.update((settings) => ({ ...settings, concurrency: settings.concurrency + 1 })),
      ),
    )
    expect(told).toEqual([1, 2, 3, 4, 5])
    end()
    await store.update((settings) => ({ ...settings, concurrency: 9 }))
    expect(told).toHaveLength(5)
  })

  it('takes up an edit made by hand before it changes anything, and refuses while that is not valid', async () => {
    const store = await openSettings(temporaryPaths().config)
    await store.update((settings) => ({ ...settings, concurrency: 4 }))
    writeFileSync(store.path, '{"version":1,"concurrency":4,"theme":"dark"}')
    await store.update((settings) => ({ ...settings, autostart: true }))
    expect(store.get()).toMatchObject({ theme: 'dark', autostart: true, concurrency: 4 })
    writeFileSync(store.path, '{"version":1,"theme":')
    await expect(store.update((settings) => ({ ...settings, theme: 'light' }))).rejects.toMatchObject({
      code: 'invalid',
    })
    await expect(store.reload()).rejects.toMatchObject({ code: 'invalid' })
    expect(readFileSync(store.path, 'utf8')).toBe('{"version":1,"theme":')
    expect(store.get().theme).toBe('dark')
  })

  it('says which file could not be saved when its place is not a directory', async () => {
    const { path } = withFile('{}')
    const store = await openSettings(join(path, 'below'))
      .then((opened) => opened.update((settings) => ({ ...settings, autostart: true })))
      .catch((error: unknown) => error)
    expect(store).toMatchObject({ code: 'forbidden', path: expect.stringContaining('settings.json') })
  })
})

describe('a setting by name', () => {
  it.each([
    ['bandwidthLimit', '5MiB', 5 * 1024 ** 2],
    ['bandwidthLimit', '500 KiB/s', 500 * 1024],
    ['bandwidthLimit', 'none', 0],
    ['settleMs', '2s', 2_000],
    ['settleMs', '750', 750],
    ['reconcileMs', '1h', 3_600_000],
    ['concurrency', 'auto', 0],
    ['guardPercent', '12.5%', 12.5],
    ['autostart', 'on', true],
    ['autostart', 'no', false],
    ['theme', 'dark', 'dark'],
    ['ignore', '*.tmp\nbuild/', ['*.tmp', 'build/']],
    ['ignore', '["a,b", "c"]', ['a,b', 'c']],
    ['ignore', 'a,b', ['a,b']],
    ['ignore', '[Tt]humbs.db', ['[Tt]humbs.db']],
  ] as const)('reads %s from %j', (key, text, value) => {
    expect(parseSetting(key, text)).toEqual(value)
  })

  it.each([
    ['bandwidthLimit', 'fast', /"bandwidthLimit" must be a number of bytes a second such as 500KiB.*not "fast"/],
    ['reconcileMs', '2h', /"reconcileMs" must be a duration .* from 1000 to 3600000 milliseconds, not "2h"/],
    ['theme', 'pink', /"theme" must be "system", "light" or "dark", not "pink"/],
    ['autostart', 'maybe', /"autostart" must be true or false/],
    ['guardPercent', '120', /"guardPercent" must be a percentage/],
    ['concurrency', '2.5', /"concurrency" must be a whole number/],
    ['ignore', '["a", 1]', /"ignore" must be at most 1000 ignore rules/],
  ] as const)('says what %s may be instead of %j', (key, text, message) => {
    expect(() => parseSetting(key, text)).toThrow(message)
  })

  it('has one name for a flag, a variable and a person', () => {
    expect([environmentName('bandwidthLimit'), flagName('settleMaxMs')]).toEqual([
      'TIDEKEEP_BANDWIDTH_LIMIT',
      '--settle-max',
    ])
    for (const key of SETTING_KEYS) expect(toSettingKey(key)).toBe(key)
    expect(toSettingKey('bandwidth-limit')).toBe('bandwidthLimit')
    expect(() => toSettingKey('bandwith')).toThrow(/no setting called "bandwith"/)
  })
})

describe('which setting is in force', () => {
  const file: Settings = { ...DEFAULT_SETTINGS, bandwidthLimit: 1_000, guardFiles: 7 }
  const input = (more: Partial<ConfigInput>): ConfigInput => ({
    flags: {},
    env: {},
    file: { settings: file, stored: new Set(['bandwidthLimit', 'guardFiles']), path: '/c/settings.json' },
    ...more,
  })

  it('is flag over environment over file over default, and each says where it is from', () => {
    const env = { TIDEKEEP_BANDWIDTH_LIMIT: '2KiB', TIDEKEEP_GUARD_FILES: '8', TIDEKEEP_THEME: '' }
    const resolved = resolveSettings(input({ flags: { bandwidthLimit: '3KiB' }, env }))
    expect(resolved.values).toMatchObject({ bandwidthLimit: 3_072, guardFiles: 8, theme: 'system' })
    expect(resolved.explain('bandwidthLimit')).toEqual({
      key: 'bandwidthLimit',
      value: 3_072,
      source: 'flag',
      where: '--bandwidth-limit',
    })
    expect(resolved.explain('guardFiles')).toMatchObject({ source: 'environment', where: 'TIDEKEEP_GUARD_FILES' })
    expect(resolved.explain('theme')).toEqual({ key: 'theme', value: 'system', source: 'default', where: 'built in' })
    expect(resolveSettings(input({})).explain('guardFiles')).toMatchObject({
      value: 7,
      source: 'file',
      where: '/c/settings.json',
    })
    expect(resolved.sources).toMatchObject({ bandwidthLimit: 'flag', guardFiles: 'environment', theme: 'default' })
  })

  it('takes the names of the AWS tools for stores, the nearest first', () => {
    const env = {
      AWS_ENDPOINT_URL: 'http://b',
      AWS_ENDPOINT_URL_S3: 'http://a',
      AWS_DEFAULT_REGION: 'eu-1',
      AWS_PROFILE: 'p',
    }
    const resolved = resolveSettings(input({ env, flags: { 's3.profile': 'mine' } }))
    expect(resolved.s3).toEqual({ endpoint: 'http://a', region: 'eu-1', profile: 'mine' })
    expect(resolved.explain('s3.endpoint')).toMatchObject({ source: 'environment', where: 'AWS_ENDPOINT_URL_S3' })
    expect(resolveSettings(input({})).s3).toEqual({})
  })

  it('names the flag or variable that cannot be read', () => {
    expect(() => resolveSettings(input({ env: { TIDEKEEP_SETTLE: 'soon' } }))).toThrow(
      /^TIDEKEEP_SETTLE must be a duration/,
    )
    expect(() => resolveSettings(input({ flags: { guardFiles: 'x' } }))).toThrow(/^--guard-files must be/)
  })
})
