import type { Locator, Page } from 'playwright-core'
import type { Handlers } from '../../common/protocol.ts'
import type { FakeApplication, Scenario } from '../fakes/application.ts'
import type { Opened } from './interface.ts'

/** One screen, tab, menu or dialog of the interface, and how a person gets there. */
export interface Place {
  readonly name: string
  readonly scenario: Scenario
  /** What follows `#/`, or `popup.html`. */
  readonly route: string
  /** From the route to the place; ends when it is there. */
  readonly open: (page: Page) => Promise<unknown>
  /** What Escape closes, and what has the focus afterwards. */
  readonly closes?: { readonly what: (page: Page) => Locator; readonly opener: (page: Page) => Locator }
  /** In menus the arrow keys move, and Tab leaves. */
  readonly isMenu?: boolean
}

const heading = (page: Page, name: string | RegExp): Promise<void> =>
  page.getByRole('heading', { name, level: 1 }).waitFor()
const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name }).first()
const dialog = (page: Page): Locator => page.getByRole('dialog')
const question = (page: Page): Locator => page.getByRole('alertdialog')
const more = (page: Page): Locator => button(page, /^More for/)
const row = (page: Page, text: string): Locator => page.getByRole('row').filter({ hasText: text }).first()
const tab = (page: Page, name: string): Locator => page.getByRole('tab', { name })

/** There is nothing to show, and the screen says so. */
const emptyScreen = (page: Page): Promise<void> => page.locator('.empty').waitFor()

async function openMore(page: Page, item: string): Promise<void> {
  await more(page).click()
  await page.getByRole('menuitem', { name: item }).click()
}

async function openRow(page: Page): Promise<void> {
  await page.getByRole('row').first().click()
}

async function editTab(page: Page, name: string): Promise<void> {
  await tab(page, name).click()
  await page.getByRole('tabpanel', { name }).waitFor()
}

const FOLDERS: readonly Place[] = [
  {
    name: 'folders, with what waits for an answer and what could not be carried',
    scenario: 'attention',
    route: 'folders',
    open: async (page) => {
      await page.locator('.disclosure').first().click()
      await page.getByText('links are not followed').first().waitFor()
    },
  },
  {
    name: 'the answer to what is held',
    scenario: 'attention',
    route: 'folders',
    open: async (page) => {
      await button(page, 'Delete at the target…').click()
      await question(page).waitFor()
    },
    closes: { what: question, opener: (page) => button(page, 'Delete at the target…') },
  },
  {
    name: 'the menu of a folder',
    scenario: 'protected',
    route: 'folders',
    open: async (page) => {
      await more(page).click()
      await page.getByRole('menu').waitFor()
    },
    closes: { what: (page) => page.getByRole('menu'), opener: more },
    isMenu: true,
  },
  {
    name: 'the removal of a folder',
    scenario: 'protected',
    route: 'folders',
    open: async (page) => {
      await openMore(page, 'Remove…')
      await question(page).waitFor()
    },
    closes: { what: question, opener: more },
  },
  {
    name: 'no folders',
    scenario: 'empty',
    route: 'folders/empty',
    open: (page) => page.getByText('No folders yet').waitFor(),
  },
  {
    name: 'what a pass would do',
    scenario: 'protected',
    route: 'folders',
    open: async (page) => {
      await openMore(page, 'What would happen…')
      await page.getByText('photo-0.jpg').waitFor()
    },
    closes: { what: dialog, opener: more },
  },
  ...['Files', 'Place', 'When', 'How', 'Safety'].map((name): Place => ({
    name: `the editor of a folder, ${name}`,
    scenario: 'protected',
    route: 'folders',
    open: async (page) => {
      await openMore(page, 'Edit…')
      await editTab(page, name)
    },
    closes: { what: dialog, opener: more },
  })),
  {
    name: 'the change of a mode',
    scenario: 'protected',
    route: 'folders/edit.d0c0d0c0',
    open: async (page) => {
      await editTab(page, 'How')
      await page.getByRole('radio', { name: /^Mirror/ }).click()
      await question(page).getByText('12,000 files').waitFor()
    },
    closes: { what: question, opener: (page) => page.getByRole('radio', { name: /^Mirror/ }) },
  },
]

const ACTIVITY: readonly Place[] = [
  {
    name: 'live activity',
    scenario: 'busy',
    route: 'activity/live',
    open: (page) => page.getByRole('row').first().waitFor(),
  },
  {
    name: 'files that were skipped',
    scenario: 'busy',
    route: 'activity/live',
    open: async (page) => {
      await button(page, /^Skip for now/).click()
      // What came of it: nothing where another application stands behind the list.
      await page.locator('.toast').waitFor()
    },
  },
  {
    name: 'no live activity',
    scenario: 'protected',
    route: 'activity/live',
    open: (page) => heading(page, 'Activity'),
  },
  {
    name: 'the history',
    scenario: 'protected',
    route: 'activity/history',
    open: (page) => page.getByRole('row').first().waitFor(),
  },
  {
    name: 'a row of the history in full',
    scenario: 'protected',
    route: 'activity/history',
    open: async (page) => {
      await openRow(page)
      await dialog(page).waitFor()
    },
    closes: { what: dialog, opener: (page) => page.getByRole('grid') },
  },
  { name: 'an empty history', scenario: 'empty', route: 'activity/history', open: emptyScreen },
  {
    name: 'errors',
    scenario: 'attention',
    route: 'activity/errors',
    open: (page) => page.getByRole('row').first().waitFor(),
  },
  {
    name: 'giving a file up',
    scenario: 'attention',
    route: 'activity/errors',
    open: async (page) => {
      await button(page, /^Drop /).click()
      await question(page).waitFor()
    },
    closes: { what: question, opener: (page) => button(page, /^Drop /) },
  },
  { name: 'no errors', scenario: 'protected', route: 'activity/errors', open: emptyScreen },
]

async function versionsOf(page: Page, name: string): Promise<void> {
  await row(page, name).click()
  await page.getByRole('heading', { name: `Versions of ${name}` }).waitFor()
}

async function askForThaw(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: 'Choose archive' }).check()
  await button(page, 'Restore…').click()
  await page.getByRole('radio', { name: /another folder/ }).check()
  await page.getByRole('textbox', { name: 'Folder' }).fill('/nowhere')
  await page.getByRole('radio', { name: /Usual/ }).waitFor()
}

/** Some need an application with an archive. */
const RESTORE: readonly Place[] = [
  {
    name: 'what can be restored',
    scenario: 'protected',
    route: 'restore',
    open: (page) => row(page, 'budget.csv').waitFor(),
  },
  {
    name: 'a moment of the past, with a choice',
    scenario: 'protected',
    route: 'restore',
    open: async (page) => {
      await button(page, 'Earlier change').click()
      await page.getByText('1 replaced').first().waitFor()
      await page.getByRole('checkbox', { name: 'Choose budget.csv' }).check()
    },
  },
  {
    name: 'bringing files back',
    scenario: 'protected',
    route: 'restore',
    open: async (page) => {
      await page.getByRole('checkbox', { name: 'Choose budget.csv' }).check()
      await button(page, 'Restore…').click()
      await page.getByRole('radio', { name: /another folder/ }).check()
      // What was planned for the first choice is gone.
      await page.getByText('Choose a folder to see what would happen.').waitFor()
    },
    closes: { what: dialog, opener: (page) => button(page, 'Restore…') },
  },
  {
    name: 'the price of a thaw',
    scenario: 'protected',
    route: 'restore',
    open: askForThaw,
    closes: { what: dialog, opener: (page) => button(page, 'Restore…') },
  },
  {
    name: 'a thaw that is followed',
    scenario: 'protected',
    route: 'restore',
    open: async (page) => {
      await askForThaw(page)
      await button(page, /Ask for them/).click()
      await dialog(page).getByRole('button', { name: 'Close' }).click()
      await page.getByText(/^Ready at about/).waitFor()
    },
  },
  {
    name: 'the versions of a file, compared',
    scenario: 'protected',
    route: 'restore',
    open: async (page) => {
      await versionsOf(page, 'budget.csv')
      await page.getByRole('combobox', { name: 'Compare with' }).selectOption({ index: 1 })
      await page.getByText(/lines? added/).waitFor()
    },
  },
  {
    name: 'the versions of an image',
    scenario: 'protected',
    route: 'restore',
    open: async (page) => {
      await row(page, 'photos').click()
      await versionsOf(page, 'sea.png')
      await page.getByRole('img', { name: /sea\.png/ }).waitFor()
    },
  },
  {
    name: 'a search that finds',
    scenario: 'protected',
    route: 'restore',
    open: async (page) => {
      await page.getByRole('textbox', { name: 'Find a file of any time' }).fill('plan')
      await row(page, 'holiday plan.txt').waitFor()
    },
  },
  { name: 'nothing to restore', scenario: 'empty', route: 'restore', open: emptyScreen },
]

const CONFLICTS: readonly Place[] = [
  { name: 'no conflicts', scenario: 'protected', route: 'conflicts', open: emptyScreen },
  ...[1, 2, 3, 5].map((id): Place => ({
    name: `conflict ${id}`,
    scenario: 'conflicts',
    route: `conflicts/${id}`,
    open: (page) => page.getByRole('article').waitFor(),
  })),
  {
    name: 'rules for conflicts',
    scenario: 'conflicts',
    route: 'conflicts',
    open: async (page) => {
      await button(page, /^Rules/).click()
      await dialog(page).waitFor()
    },
    closes: { what: dialog, opener: (page) => button(page, /^Rules/) },
  },
  {
    name: 'a decision about many',
    scenario: 'conflicts',
    route: 'conflicts',
    open: async (page) => {
      await button(page, 'Choose all').click()
      await button(page, 'Keep both…').click()
      await question(page).waitFor()
    },
    closes: { what: question, opener: (page) => button(page, 'Keep both…') },
  },
  { name: 'settled conflicts', scenario: 'conflicts', route: 'conflicts/settled', open: emptyScreen },
]

const TARGETS: readonly Place[] = [
  {
    name: 'targets, one of them tried',
    scenario: 'accounts',
    route: 'targets',
    open: async (page) => {
      await button(page, /^Test /).click()
      await page.getByText('This place works.').waitFor()
    },
  },
  {
    name: 'a target that is away',
    scenario: 'offline',
    route: 'targets',
    open: (page) => page.getByText('Connect the drive.').first().waitFor(),
  },
  {
    name: 'signing in',
    scenario: 'accounts',
    route: 'targets',
    open: async (page) => {
      await button(page, 'Sign in to OneDrive').click()
      await page.getByText('ABCD1234').waitFor()
    },
    closes: { what: dialog, opener: (page) => button(page, 'Sign in to OneDrive') },
  },
  {
    name: 'the removal of an account',
    scenario: 'accounts',
    route: 'targets',
    open: async (page) => {
      await openMore(page, 'Remove…')
      await question(page).waitFor()
    },
    closes: { what: question, opener: more },
  },
  { name: 'no targets', scenario: 'empty', route: 'targets', open: emptyScreen },
]

const OTHERS: readonly Place[] = [
  {
    name: 'settings, with a line of the timetable',
    scenario: 'protected',
    route: 'settings',
    open: async (page) => {
      await button(page, 'Add a line').click()
      await page.getByRole('group', { name: 'Line 1' }).waitFor()
    },
  },
  {
    name: 'settings, with quiet hours and a version that waits',
    scenario: 'protected',
    route: 'settings',
    open: async (page) => {
      await button(page, 'Add quiet hours').click()
      await page.getByRole('group', { name: 'Quiet hours 1' }).waitFor()
      await button(page, 'Restart to update').waitFor()
    },
  },
  {
    name: 'the check-up',
    scenario: 'protected',
    route: 'diagnostics/checks',
    open: (page) => page.getByText('file watching').waitFor(),
  },
  {
    name: 'the log',
    scenario: 'protected',
    route: 'diagnostics/log',
    open: (page) => page.getByRole('row').first().waitFor(),
  },
  {
    name: 'a support bundle',
    scenario: 'protected',
    route: 'diagnostics/bundle',
    open: async (page) => {
      await button(page, 'Show what would be in it').click()
      await page.getByText('No names are in it.').waitFor()
      await button(page, /^log\.jsonl/).click()
    },
  },
  { name: 'about', scenario: 'protected', route: 'about', open: (page) => heading(page, 'About') },
  {
    name: 'the command palette',
    scenario: 'protected',
    route: 'folders',
    open: async (page) => {
      await heading(page, 'Folders')
      await more(page).focus()
      await page.keyboard.press('Control+k')
      await page.keyboard.type('2025')
      await page.getByRole('option').first().waitFor()
    },
    closes: {
      what: (page) => page.getByRole('combobox', { name: 'Type a command, a folder or a file' }),
      opener: more,
    },
    isMenu: true,
  },
]

async function chooseFolder(page: Page): Promise<void> {
  await button(page, 'Choose folders').click()
  await page.getByRole('checkbox', { name: 'Documents' }).check()
}

async function chooseKind(page: Page, kind: RegExp): Promise<void> {
  await chooseFolder(page)
  await button(page, 'Continue').click()
  await page.getByRole('radio', { name: kind }).check()
}

const WIZARD: readonly Place[] = [
  { name: 'the welcome', scenario: 'empty', route: 'folders', open: (page) => heading(page, 'Keep what matters safe') },
  { name: 'the choice of folders', scenario: 'empty', route: 'folders', open: chooseFolder },
  {
    name: 'browsing for a folder',
    scenario: 'empty',
    route: 'folders',
    open: async (page) => {
      await chooseFolder(page)
      await button(page, /Choose another/).click()
      await button(page, 'Archive').waitFor()
    },
    closes: { what: dialog, opener: (page) => button(page, /Choose another/) },
  },
  {
    name: 'a disk as the target',
    scenario: 'empty',
    route: 'folders',
    open: (page) => chooseKind(page, /Backup drive/),
  },
  {
    name: 'a bucket as the target, which does not work',
    scenario: 'empty',
    route: 'folders',
    open: async (page) => {
      await chooseKind(page, /S3-compatible/)
      await page.getByLabel('Bucket').fill('denied')
      await button(page, 'Test').click()
      await page.getByText('cannot be used yet').waitFor()
    },
  },
  { name: 'OneDrive as the target', scenario: 'empty', route: 'folders', open: (page) => chooseKind(page, /OneDrive/) },
  {
    name: 'the review before the start',
    scenario: 'empty',
    route: 'folders',
    open: async (page) => {
      await chooseKind(page, /Backup drive/)
      await button(page, 'Continue').click()
      await page.getByText('12,000 files to send').first().waitFor()
    },
  },
]

/** Everything the main window can show, one after the other on one page. */
export const WINDOW_PLACES: readonly Place[] = [
  ...FOLDERS,
  ...ACTIVITY,
  ...RESTORE,
  ...CONFLICTS,
  ...TARGETS,
  ...OTHERS,
  ...WIZARD,
]

const POPUP_STATES: readonly (readonly [scenario: Scenario, headline: string])[] = [
  ['empty', 'Not set up yet'],
  ['protected', 'Protected'],
  ['busy', 'Syncing'],
  ['attention', 'Needs attention'],
  ['offline', 'Offline'],
  ['conflicts', 'Needs attention'],
]

/** Everything the popup can show. */
export const POPUP_PLACES: readonly Place[] = [
  ...POPUP_STATES.map(([scenario, headline]): Place => ({
    name: `the popup, ${scenario}`,
    scenario,
    route: 'popup.html',
    open: (page) => heading(page, headline),
  })),
  {
    name: 'the popup with a skipped file',
    scenario: 'busy',
    route: 'popup.html',
    open: async (page) => {
      await heading(page, 'Syncing')
      await button(page, /^Skip for now/).click()
      await page.locator('.popup-notice .reasons').and(page.locator('[title]')).waitFor()
    },
  },
  {
    name: 'the pause menu',
    scenario: 'busy',
    route: 'popup.html',
    open: async (page) => {
      await heading(page, 'Syncing')
      await button(page, 'Pause').click()
      await page.getByRole('menu').waitFor()
    },
    closes: { what: (page) => page.getByRole('menu'), opener: (page) => button(page, 'Pause') },
    isMenu: true,
  },
  {
    name: 'the menu of a file',
    scenario: 'protected',
    route: 'popup.html',
    open: async (page) => {
      await heading(page, 'Protected')
      await openRow(page)
      await page.getByRole('menu').waitFor()
    },
    closes: { what: (page) => page.getByRole('menu'), opener: (page) => page.getByRole('grid') },
    isMenu: true,
  },
  {
    name: 'a file that is to be left out',
    scenario: 'protected',
    route: 'popup.html',
    open: async (page) => {
      await heading(page, 'Protected')
      await page.getByRole('row').nth(3).click()
      await page.getByRole('menuitem', { name: 'Ignore this…' }).click()
      // What it would leave out, or that no line can name it.
      await page.locator('.popup-ignore :is(.ignore-preview, p)').first().waitFor()
    },
  },
]

const PROMPT = {
  kind: 'device-code',
  url: 'https://www.microsoft.com/link',
  code: 'ABCD1234',
  expiresInMs: 900_000,
} as const
const WAITING = { id: 'a1', state: 'waiting', prompt: PROMPT } as const

/** Calls that the places need and the scripted application refuses: a sign-in that waits for a person. */
export const PLACE_HANDLERS: Partial<Handlers> = {
  'accounts.signIn': async () => WAITING,
  'accounts.signInState': async () => WAITING,
  'updates.get': async () => ({
    installed: '1.2.0',
    lastCheckMs: Date.now() - 3_600_000,
    state: { kind: 'ready', version: '1.3.0' },
  }),
}

/** How an application is made whose places are visited: what they show stands still. */
export const VISITED = { handlers: PLACE_HANDLERS, tickMs: 3_600_000 } as const

/** Where nothing is shown, and so no name of anything. */
export function showsNothing({ open }: Place): boolean {
  return open === emptyScreen
}

let visits = 0

/** Goes to a place on a page that may be anywhere, and begins its scenario anew; `dress` may change what it holds. */
export async function visit(
  { page, application }: Opened,
  place: Place,
  dress: (application: FakeApplication) => Promise<void> | void = () => undefined,
): Promise<void> {
  await page.keyboard.press('Escape')
  // Shown by About: what is drawn from here on is of this scenario.
  const version = `visit ${++visits}`
  await application.together(async () => {
    application.setScenario(place.scenario)
    await dress(application)
    application.patchStatus({ version })
  })
  if (place.route === 'popup.html') {
    await page.reload()
    // Until the present state was read, what was shown last is drawn as old.
    await page.locator('[data-stale]').waitFor({ state: 'detached' })
  } else {
    // On the way, everything that was open is closed; what the last place said would stay.
    await page.evaluate(() => document.querySelector<HTMLElement>('.toast > :last-child')?.click())
    await goTo(page, 'about')
    await page.getByText(version, { exact: true }).waitFor()
    await goTo(page, place.route)
  }
  await place.open(page)
}

async function goTo(page: Page, route: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash
  }, `#/${route}`)
}
