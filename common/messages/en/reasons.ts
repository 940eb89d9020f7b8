/** Why work is as fast as it is, or stands still. */
export const reasonMessages = {
  battery: 'Paused on battery',
  batteryAt: 'Paused on battery ({percent}%)',
  batteryLifted: 'Backing up although on battery',
  batteryLiftedAt: 'Backing up although on battery ({percent}%)',
  metered: 'Paused on a metered network',
  meteredLifted: 'Backing up although the network is metered',
  timetable: 'Paused',
  timetableLifted: 'Backing up although it is to pause',
  limited: 'Limited to {rate, number, rate}',
  limitedLifted: 'Full speed although limited',
  limits: 'Limited to {limits}',
  limitsLifted: 'Full speed for now',
  throttled: 'OneDrive ({name}) asked us to wait until {moment}',
  up: '{rate, number, rate} up',
  down: '{rate, number, rate} down',
  /** One of the two above, until when, and the name of the line of the timetable. */
  until: '{what} until {moment}',
  named: '{what} - {name}',
} as const
