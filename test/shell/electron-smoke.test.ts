import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { displayObstacle, findElectron, type Surroundings } from '../../scripts/start.ts'
import { ROOT } from './start-fake.ts'

const surroundings: Surroundings = {
  env: process.env,
  platform: process.platform,
  electronPackage: join(ROOT, 'node_modules', 'electron'),
  isRoot: process.getuid?.() === 0,
}
const electron = findElectron(surroundings)
const obstacle = electron === undefined ? 'runtime not installed' : displayObstacle(surroundings)

/** The one real part no package registry carries: it never fails a machine that lacks it, not even with REQUIRE_REAL=1. */
describe('Electron itself', () => {
  if (electron === undefined || obstacle !== undefined) {
    console.log(`not run: Electron smoke test (${obstacle}; npx install-electron)`)
    it('is reported as missing, so that npm start runs headless', () => {
      expect(electron === undefined || obstacle !== undefined).toBe(true)
    })
    return
  }
  it('starts the application, shows the interface from app:// and quits', async () => {
    const app = await _electron.launch({
      executablePath: electron,
      args: [ROOT],
      env: { ...process.env, TIDEKEEP_HOME: mkdtempSync(join(tmpdir(), 'tidekeep-smoke-')) },
    })
    try {
      const isMain = (url: string): boolean => url.startsWith('app://tidekeep/index.html')
      const page =
        app.windows().find((window) => isMain(window.url())) ??
        (await app.waitForEvent('window', { predicate: (window) => isMain(window.url()) }))
      await page.waitForSelector('#root > *')
      expect(await page.evaluate('Object.keys(window.tidekeep).sort().join()')).toBe(
        'call,hide,openWindow,pathForFile,pickFolder,subscribe',
      )
      expect(await page.evaluate('typeof require')).toBe('undefined')
      expect(
        await page.evaluate(`window.tidekeep.call('status.get', {}).then((status) => typeof status.sentence)`),
      ).toBe('string')
    } finally {
      await app.close()
    }
  })
})
