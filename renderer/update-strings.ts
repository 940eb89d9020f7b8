/** The texts of updates of the program itself. */
export const updateStrings = {
  title: 'Updates',
  installed: (version: string) => `Tidekeep ${version} is installed.`,
  neverChecked: 'Not looked for yet.',
  lastCheck: (ago: string) => `Last looked ${ago}.`,
  check: 'Check now',
  restart: 'Restart to update',
  checks: 'Look for new versions by itself (on by default)',
  whenIdle: 'Install by itself when nothing is under way and no window is open (off by default)',
  channel: 'Versions',
  channels: { stable: 'Releases (default)', beta: 'Early versions, for trying out' },
  signedHint:
    'Only what is signed with a key that this version knows is downloaded, and it is verified again before it is installed.',
  ready: (version: string) => `Tidekeep ${version} is ready.`,
  off: {
    'no-key':
      'Updates are off: this build knows no release key, so nothing could be verified. Update it the way you installed it.',
    elsewhere: 'This installation is not updated from here. Update it the way you installed it.',
    package: 'This kind of package is updated by the system’s own tools.',
  },
  states: {
    unknown: '',
    checking: 'Looking …',
    current: 'This is the newest version.',
  },
  versions: {
    found: (version: string) =>
      `${version} is there. It is downloaded once the connection costs nothing, or when you check.`,
    downloading: (version: string) => `Downloading ${version} …`,
    ready: (version: string) => `${version} is downloaded and verified. What is under way goes on after the restart.`,
    installing: (version: string) => `Restarting into ${version} …`,
  },
  refused: (why: string) => `Nothing was installed: ${why}`,
  reasons: {
    unreachable: 'the release server could not be reached, or its answer was not what it should be.',
    'too-large': 'what the server sent is far larger than it should be.',
    'bad-envelope': 'the signature beside the release could not be read.',
    'unknown-key': 'the release is signed with a key that this version does not know.',
    'bad-signature': 'the signature does not belong to this release.',
    malformed: 'the description of the release is not as it should be.',
    'other-product': 'the release is of another program.',
    'other-channel': 'the release is of another channel.',
    'not-yet': 'the release is dated in the future. Look at the clock of this computer.',
    expired:
      'the description of the release has expired. Somebody may be holding newer ones back, or the clock of this computer is wrong.',
    replayed: 'the server shows an older release than it did before.',
    downgrade: 'the release is older than what is installed.',
    'too-old': 'the release cannot be reached from this version in one step. Install it by hand.',
    'no-file': 'the release has no package for this computer.',
    'bad-address': 'the address of the release is not a plain one.',
    'bad-file-name': 'the release has a file with a name that is not allowed.',
    'not-a-file': 'the download is not a plain file.',
    'wrong-size': 'the download has another size than was signed for.',
    'wrong-content': 'the content of the download is not what was signed for.',
    'check-failed': 'a check could not be carried out.',
  } as Readonly<Record<string, string>>,
} as const
