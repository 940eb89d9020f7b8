import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Headline, StatusView } from '../../common/protocol.ts'
import type { Platform } from '../../main/shell/electron-api.ts'
import { TRAY_STATES, trayIconPath, trayStateOf } from '../../main/shell/tray-icon.ts'
import { type TrayActions, trayMenu, untilTomorrowMorning } from '../../main/shell/tray-menu.ts'
import { createFakeApplication } from '../fakes/application.ts'
import { choose, FakeElectron } from './fake-electron.ts'
import { ROOT, settle, startFakeShell } from './start-fake.ts'

const HEADLINES: readonly Headline[] = [
  'protected',
  'checking',
  'syncing',
  'waiting',
  'paused',
  'attention',
  'offline',
  'unconfigured',
]
const PLATFORMS: readonly Platform[] = ['linux', 'darwin', 'win32']
const NOW = new Date(2026, 10, 20, 15, 30).getTime()
const NO_ACTIONS: TrayActions = {
  open: () => undefined,
  addFolder: () => undefined,
  syncNow: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  update: () => undefined,
  quit: () => undefined,
}

async function statusOf(patch: Partial<StatusView>): Promise<StatusView> {
  const application = createFakeApplication({ scenario: 'protected' })
  application.patchStatus(patch)
  return application.handlers['status.get']({}, { transport: 'direct' })
}

describe('the tray menu', () => {
  it.each(HEADLINES)('opens Tidekeep first and repeats the sentence of the status, in state %s', async (headline) => {
    const status = await statusOf({ headline, sentence: `Everything about ${headline}.` })
    const labels = trayMenu(status, NO_ACTIONS, NOW).map((item) => item.label)
    expect(labels[0]).toBe('Open Tidekeep')
    expect(labels[1]).toBe(`Everything about ${headline}.`)
    expect(labels.at(-1)).toMatch(/^Quit/)
  })

  it('offers the six pauses while running and resuming while paused', async () => {
    const running = trayMenu(await statusOf({ pausedUntil: 0 }), NO_ACTIONS, NOW)
    const pause = running.find((item) => item.id === 'pause')
    expect((pause!.submenu as { label: string }[]).map((item) => item.label)).toEqual([
      'For 30 minutes',
      'For 2 hours',
      'For 8 hours',
      'For 24 hours',
      'Until tomorrow, 8:00',
      'Until I resume',
    ])
    const label = async (pausedUntil: number | 'forever'): Promise<string | undefined> =>
      trayMenu(await statusOf({ headline: 'paused', pausedUntil }), NO_ACTIONS, NOW).find(
        (item) => item.id === 'resume',
      )?.label
    expect(await label('forever')).toBe('Resume')
    expect(await label(new Date(2026, 10, 20, 18, 0).getTime())).toBe('Resume (paused until 18:00)')
    expect(await label(new Date(2026, 10, 21, 8, 0).getTime())).toBe('Resume (paused until Sat 08:00)')
    expect(await label(NOW - 1)).toBeUndefined()
  })

  it('names what stops when quitting', async () => {
    const quit = (status: StatusView | undefined): string | undefined => trayMenu(status, NO_ACTIONS, NOW).at(-1)?.label
    const idle = await statusOf({})
    const folder = idle.folders[0]!
    expect(quit(undefined)).toBe('Quit Tidekeep')
    expect(quit(await statusOf({ folders: [] }))).toBe('Quit Tidekeep')
    expect(quit(await statusOf({ folders: [{ ...folder, pendingFiles: 0 }] }))).toMatch(
      /not kept safe until the next start/,
    )
    expect(quit(await statusOf({ folders: [{ ...folder, pendingFiles: 17 }] }))).toBe(
      'Quit (17 files will continue at the next start)',
    )
  })

  it('offers nothing to pause or sync before there is a folder, and shows odd sentences as one harmless line', async () => {
    const menu = trayMenu(await statusOf({ headline: 'unconfigured' }), NO_ACTIONS, NOW)
    expect(menu.filter((item) => item.id === 'sync' || item.id === 'pause').map((item) => item.enabled)).toEqual([
      false,
      false,
    ])
    const odd = trayMenu(await statusOf({ sentence: `Tom & Jerry\n\tsaved ${'x'.repeat(300)}` }), NO_ACTIONS, NOW)
    expect(odd[1]?.label).toMatch(/^Tom && Jerry saved x+…$/)
  })

  it('counts to eight in the morning of the next day', () => {
    expect(untilTomorrowMorning(NOW)).toBe(16.5 * 3_600_000)
    expect(untilTomorrowMorning(new Date(2026, 10, 20, 0, 1).getTime())).toBe(32 * 3_600_000 - 60_000)
  })
})

describe('the tray icon', () => {
  it('has a drawn image of its own shape for every state on every system, light and dark', () => {
    const paths = PLATFORMS.flatMap((platform) =>
      [true, false].flatMap((darkBar) =>
        HEADLINES.map((headline) =>
          trayIconPath(trayStateOf(headline), { platform, darkBar, icons: join(ROOT, 'resources', 'icons') }),
        ),
      ),
    )
    for (const path of paths) {
      expect(existsSync(path), path).toBe(true)
      if (path.endsWith('.png')) expect(existsSync(path.replace('.png', '@2x.png')), path).toBe(true)
    }
    expect(new Set(paths).size).toBe(TRAY_STATES.length * 4)
  })

  it('follows the status with shape, tooltip and menu, at most twice a second', async () => {
    const { tray, application, clock } = await startFakeShell()
    await clock.advance(1_000)
    const menusBefore = tray.menus.length
    for (let step = 0; step < 50; step++) {
      application.patchStatus({ headline: 'syncing', sentence: `Backing up ${step} of 50 files.` })
      await clock.advance(20)
    }
    await clock.advance(1_000)
    expect(tray.menus.length - menusBefore).toBeLessThanOrEqual(4)
    expect(basename(tray.images.at(-1)!)).toBe('syncing.png')
    expect(tray.tooltips.at(-1)).toBe('Tidekeep: Backing up 49 of 50 files.')
    expect(tray.menus.at(-1)?.template[1]?.label).toBe('Backing up 49 of 50 files.')
  })

  it('sets the menu again on Linux and Windows after a change, and never when nothing changed', async () => {
    const { tray, application, clock } = await startFakeShell()
    await clock.advance(1_000)
    const before = tray.menus.length
    application.patchStatus({ sentence: 'Another sentence.' })
    await clock.advance(1_000)
    application.patchStatus({ sentence: 'Another sentence.' })
    await clock.advance(1_000)
    expect(tray.menus.length).toBe(before + 1)
  })

  it('shows its menu on a right click on macOS, where a set menu would swallow the left click', async () => {
    const { tray, popup } = await startFakeShell({ platform: 'darwin' })
    expect(tray.menus).toEqual([])
    tray.emit('right-click')
    expect(tray.poppedUp[0]?.template[0]?.label).toBe('Open Tidekeep')
    tray.emit('click')
    expect(popup.visible).toBe(true)
  })

  it('follows the brightness of the Windows task bar', async () => {
    const electron = new FakeElectron()
    const { tray, clock } = await startFakeShell({ platform: 'win32', electron })
    await clock.advance(1_000)
    expect(basename(tray.images.at(-1)!)).toBe('protected-light.ico')
    electron.darkBar = true
    electron.themeEvents.emit('updated')
    await clock.advance(1_000)
    expect(basename(tray.images.at(-1)!)).toBe('protected-dark.ico')
  })

  it('does what its items say', async () => {
    const { electron, tray, application, clock } = await startFakeShell()
    const menu = () => tray.menus.at(-1)!.template
    choose(menu(), 'Sync now')
    choose(menu(), 'For 2 hours')
    choose(menu(), 'Add folder…')
    await settle()
    expect(application.calls.slice(-2)).toMatchObject([
      { name: 'folders.sync', params: {} },
      { name: 'pause.set', params: { durationMs: 7_200_000 } },
    ])
    expect(electron.windows[1]?.loaded).toEqual(['app://tidekeep/index.html#/add'])
    await clock.advance(1_000)
    choose(menu(), menu().find((item) => item.id === 'resume')!.label!)
    expect(application.calls.at(-1)?.name).toBe('pause.clear')
  })

  it('says so when an item could not be carried out', async () => {
    const { electron, tray, application } = await startFakeShell()
    application.failNext('folders.sync', new Error('No.'))
    choose(tray.menus.at(-1)!.template, 'Sync now')
    await settle()
    expect(electron.notifications.at(-1)?.options.title).toBe('Tidekeep could not do that')
  })

  it('takes a folder dropped on it (macOS) to the add screen', async () => {
    const { electron, tray } = await startFakeShell({ platform: 'darwin' })
    tray.emit('drop-files', {}, ['/Users/someone/My Photos'])
    expect(electron.windows[1]?.loaded).toEqual(['app://tidekeep/index.html#/add/%2FUsers%2Fsomeone%2FMy%20Photos'])
  })
})
