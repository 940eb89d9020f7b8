/** The texts of settings about proofs of restore, alarms and the heartbeat. */
export const provingMessages = {
  title: 'Is it really safe?',
  proof: 'Prove restores with',
  proofHint:
    'Once a day, up to so much of each folder, and at most 100 files, is brought back from its target and compared, such as 32MiB. 0: no proofs. Files in an archive class are left out. Some stores take money for reading and for what leaves them.',
  /** Beside the setting, where a folder lies at such a store. */
  price:
    'At most {dollars} a month for {n, plural, one{# folder} other{# folders}} at Amazon: requests, reading and what leaves the store, an estimate by the price list.',
  unpriced: 'What it costs for {n, plural, one{# folder} other{# folders}} at another store is not known.',
  alarm: 'Alarm when not safe for',
  alarmHint:
    'How long this computer may work without a folder being safe, such as 24h or 3d. Off: never. Time asleep does not count.',
  heartbeat: 'Heartbeat',
  heartbeatHint:
    'A monitor elsewhere notices when this computer, or Tidekeep, falls silent. It learns the state and the number of folders, no path and no name.',
  url: 'Asked while everything is safe',
  urlHint: 'Once an hour, and at once when it is safe again. An https address; empty: none.',
  failureUrl: 'Asked when something needs you',
  failureUrlHint:
    'An address of its own: success is never told for a failure. Empty: the silence of the other says it.',
  method: 'How it is asked',
  methods: { POST: 'POST, with a line of JSON (default)', GET: 'GET' },
  test: 'Test',
  testing: 'Asking …',
  arrived: 'It arrived: the answer was yes.',
} as const
