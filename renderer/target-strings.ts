import { formatBytes, formatNumber } from './format.ts'
import { strings } from './strings.ts'

const folders = (n: number): string => (n === 1 ? '1 folder' : `${formatNumber(n)} folders`)

/** The texts of accounts, sign-ins and the places copies are kept at. */
export const targetStrings = {
  accounts: 'Accounts',
  places: 'Disks and stores',
  addOneDrive: 'Sign in to OneDrive',
  empty: 'No account and no place yet',
  emptyText: 'Sign in to OneDrive here, or add a folder and choose where its copies are kept.',
  noAccounts: 'Nobody is signed in. Copies can go to OneDrive once you are.',

  kinds: { onedrive: 'OneDrive', s3: 'S3 keys' },
  owners: { personal: 'personal', work: 'work or school', program: 'program' },
  states: { 'signed-in': 'Signed in', 'sign-in-needed': 'Sign in again to go on' },
  keysSaved: 'Kept in this computer’s secret store',
  signIn: 'Sign in',
  signInAgain: 'Sign in again',
  parked: (n: number) =>
    n === 0
      ? 'Microsoft asks for a new sign-in.'
      : `Microsoft asks for a new sign-in. ${folders(n)} ${n === 1 ? 'waits' : 'wait'} and ${n === 1 ? 'goes' : 'go'} on exactly there afterwards.`,
  unknownAccount: 'Folders are kept with this account, but nobody is signed in to it here.',
  waiting: (moment: string) => `OneDrive asked us to wait until ${moment}. It goes on by itself.`,

  test: 'Test',
  testing: 'Testing…',
  testOf: (name: string) => `Test ${name}`,
  remove: 'Remove…',
  more: (name: string) => `More for ${name}`,
  keptHere: 'Kept here',
  nothingKept: 'No folder is kept here.',
  keysUnused: 'No folder uses these keys.',
  refresh: 'Ask again',

  space: 'Space',
  used: (used: number, total: number) => `${formatBytes(used)} of ${formatBytes(total)} used`,
  usedOnly: (used: number) => `${formatBytes(used)} used`,
  free: (free: number) => `${formatBytes(free)} free`,
  notKnown: 'Space: not known',
  asking: 'Asking…',
  asked: (ago: string) => `asked ${ago}`,
  reachable: { local: 'Connected', s3: 'Answers' },
  unreachable: { local: 'Not connected', s3: 'Does not answer' },
  amazon: 'Amazon S3',
  region: (region: string) => `region ${region}`,
  keys: (name: string) => `keys ${name}`,
  awsKeys: 'keys of your AWS configuration',

  removeTitle: (name: string) => `Forget the account “${name}”?`,
  removeKeysTitle: (name: string) => `Forget the keys “${name}”?`,
  removeNothing: 'No folder uses it. Nothing that is stored anywhere is deleted.',
  removeStops: (n: number) =>
    `${folders(n)} ${n === 1 ? 'stops' : 'stop'} being copied, until there is an account of this name again:`,
  removeKeeps:
    'What is stored there stays there. Your files stay where they are. This computer forgets the sign-in and its keys.',
  removeConfirm: 'Forget',
  removed: (name: string) => `“${name}” is forgotten.`,

  dialog: {
    title: 'Sign in to OneDrive',
    titleAgain: (name: string) => `Sign in to “${name}” again`,
    starting: 'Asking Microsoft…',
    browser: 'Sign in on Microsoft’s page in your browser, then come back here.',
    openPage: 'Open the sign-in page',
    waiting: 'Waiting for you to sign in…',
    codeInstead: 'Use a code instead',
    codeInsteadText: 'For another device, or where this computer has no browser.',
    browserInstead: 'Use the browser instead',
    code: 'On any device, open this address and enter the code:',
    copy: 'Copy the code',
    copied: 'Copied',
    left: (countdown: string) => `The code is good for ${countdown}.`,
    done: (who: string) => `Signed in as ${who}`,
    doneText: 'What waited for this goes on now.',
    doneNew: 'You can keep folders there now.',
    failed: 'The sign-in did not work',
    again: 'Try again',
    close: 'Done',
    clientId: 'Application (client) ID',
    clientIdHint: 'Of the application that your organisation or you registered with Microsoft. It is not a secret.',
    save: 'Save and continue',
  },
  folders,
  files: strings.files,
} as const
