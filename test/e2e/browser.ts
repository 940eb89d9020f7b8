import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

/** Flags for a browser that only ever talks to this computer; the sandbox cannot be had as root in a container. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

/** Milliseconds that a page has for whatever it is asked: this ends what hangs, and says nothing of how fast a machine is. */
export const PATIENCE_MS = 60_000

/** Where to get one, said when there is none. */
export const HOW_TO_GET_A_BROWSER = 'install chromium, or set TIDEKEEP_CHROMIUM to its path'

interface Found {
  readonly executablePath: string
  readonly args: readonly string[]
}

/** The first Chromium there is: the one named by TIDEKEEP_CHROMIUM, the system's, Playwright's own, the packaged one. */
async function findChromium(): Promise<Found | undefined> {
  const places = [
    process.env['TIDEKEEP_CHROMIUM'],
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    playwrightsOwn(),
  ]
  const executablePath = places.find((place) => place !== undefined && place !== '' && existsSync(place))
  return executablePath === undefined ? packagedChromium() : { executablePath, args: FLAGS }
}

function playwrightsOwn(): string | undefined {
  try {
    return chromium.executablePath()
  } catch {
    // Playwright throws where no browser of its own belongs to this platform.
    return undefined
  }
}

/** Unpacked into the temporary directory on first use; its libraries need the two variables before the import. */
async function packagedChromium(): Promise<Found | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  process.env['AWS_LAMBDA_JS_RUNTIME'] = 'nodejs22.x'
  process.env['AWS_EXECUTION_ENV'] = 'AWS_Lambda_nodejs22.x'
  try {
    const { default: packaged } = await import('@sparticuz/chromium')
    return { executablePath: await packaged.executablePath(), args: [...packaged.args, ...FLAGS] }
  } catch {
    // Without its unpacked archive there is no browser, which the caller reports.
    return undefined
  }
}

/** A running headless browser, or undefined where none can be found. The caller closes it. */
export async function launchBrowser(): Promise<Browser | undefined> {
  const found = await findChromium()
  if (found === undefined) return undefined
  return chromium.launch({
    executablePath: found.executablePath,
    args: [...found.args],
    headless: true,
    // By default half a minute, which a machine that is busy elsewhere may take.
    timeout: 2 * PATIENCE_MS,
    env: { ...process.env, FONTCONFIG_FILE: fontPreferences() },
  })
}

const GENERIC_FAMILIES = ['system-ui', 'sans-serif', 'sans']
const PREFERRED_FAMILIES = ['Inter', 'Noto Sans', 'Cantarell', 'Ubuntu', 'Liberation Sans']

/** Machines without a desktop answer `system-ui` with whatever font comes first; this asks for a plain one. */
function fontPreferences(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'tidekeep-fonts-')), 'fonts.conf')
  const wanted = PREFERRED_FAMILIES.map((name) => `<family>${name}</family>`).join('')
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
    <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
    ${GENERIC_FAMILIES.map((generic) => `<alias binding="strong"><family>${generic}</family><prefer>${wanted}</prefer></alias>`).join('')}
    </fontconfig>`,
  )
  return file
}
