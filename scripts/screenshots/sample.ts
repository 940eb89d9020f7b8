/** A made-up computer: three folders, a disk they are kept on, and three weeks in which somebody works with them. */
import { appendFileSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sampleBytes } from '../sample-bytes.ts'

/** Milliseconds of a day. */
export const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
const KIB = 1024
const MIB = 1024 * KIB

/** Where the folders and their copies are, absolute. */
export interface SamplePlaces {
  readonly home: string
  readonly disk: string
}

/** Something that somebody does, so many days before today. */
export interface SampleStep {
  readonly daysAgo: number
  readonly act: () => void
  /** A path that Tidekeep tells about once it took notice; none where nothing is to be told. */
  readonly tells: string
}

/** Each folder with how it is kept. Made before anything else. */
export const FOLDERS = [
  { name: 'Documents', mode: 'two-way' },
  { name: 'Pictures', mode: 'mirror' },
  { name: 'Videos', mode: 'backup' },
] as const

const MEETING = `# Meeting, 20 November

Present: Anna, Jonas, Mia

## Agenda
1. Opening hours in winter
2. The new roof
3. Who writes the newsletter
`

/** Fills the three folders. */
export function makeSample({ home, disk }: SamplePlaces): void {
  for (const { name } of FOLDERS) mkdirSync(join(disk, name), { recursive: true })
  const documents = writer(join(home, 'Documents'), 30)
  documents('Notes/meeting.md', MEETING)
  documents('Notes/ideas.md', '# Ideas\n- ask the library for a room\n- paint the boat before May\n')
  documents('Letters/landlord.txt', 'Dear Mr. Holm,\n\nthe heating is loud again.\n')
  documents('Letters/draft.txt', 'Not sent.\n')
  documents('Taxes/2025 return.pdf', sampleBytes(1_180 * KIB, 1))
  documents('Taxes/receipts.zip', sampleBytes(640 * KIB, 2))
  documents('Budget.ods', sampleBytes(47 * KIB, 3))
  const pictures = writer(join(home, 'Pictures'), 40)
  for (let index = 0; index < 38; index++)
    pictures(`Lofoten/IMG_${4_100 + index}.jpg`, sampleBytes((2_600 + 37 * index) * KIB, 10 + index))
  pictures('Harbour.jpg', sampleBytes(1_990 * KIB, 60))
  writer(join(home, 'Videos'), 60)('Regatta.mp4', sampleBytes(48 * MIB, 70))
}

/** The three weeks, oldest first. */
export function weeksOf({ home }: SamplePlaces): readonly SampleStep[] {
  const documents = join(home, 'Documents')
  const pictures = join(home, 'Pictures')
  const edit = (daysAgo: number, path: string, content: string | Uint8Array): SampleStep => ({
    daysAgo,
    act: () => writer(documents, daysAgo)(path, content),
    tells: path,
  })
  return [
    edit(18, 'Notes/meeting.md', MEETING.replace('3. Who', '3. The summer party\n4. Who')),
    edit(17, 'Budget.ods', sampleBytes(48 * KIB, 4)),
    edit(14, 'Letters/landlord.txt', 'Dear Mr. Holm,\n\nthe heating is loud again, and only at night.\n'),
    edit(12, 'Taxes/receipts.zip', sampleBytes(702 * KIB, 5)),
    { daysAgo: 9, act: () => rmSync(join(documents, 'Letters/draft.txt')), tells: 'Letters/draft.txt' },
    edit(8, 'Budget.ods', sampleBytes(51 * KIB, 6)),
    edit(
      5,
      'Notes/ideas.md',
      '# Ideas\n- ask the library for a room\n- paint the boat before May\n- a bell for the door\n',
    ),
    edit(2, 'Notes/meeting.md', MEETING.replace('2. The new roof', '2. The new roof: three offers')),
    {
      daysAgo: 1,
      act: () => renameSync(join(pictures, 'Harbour.jpg'), join(pictures, 'Harbour at dawn.jpg')),
      tells: 'Harbour at dawn.jpg',
    },
    edit(0, 'Budget.ods', sampleBytes(52 * KIB, 7)),
  ]
}

/** A file that takes a while to be sent. */
export function makeLongTransfer({ home }: SamplePlaces): void {
  writer(join(home, 'Videos'), 0)('Summer.mp4', sampleBytes(92 * MIB, 80))
}

/** The same line of the same note, written here and on the disk. */
export function disagree({ home, disk }: SamplePlaces): void {
  const present = (names: string) => MEETING.replace('Anna, Jonas, Mia', names)
  const path = 'Notes/meeting.md'
  writer(join(disk, 'Documents'), 0)(path, present('Anna, Jonas, Mia, Ada'), 35 * MINUTE_MS)
  writer(join(home, 'Documents'), 0)(path, present('Anna, Jonas'))
  appendFileSync(join(home, 'Documents', path), '5. A key for Jonas\n')
  touch(join(home, 'Documents', path), 4 * MINUTE_MS)
}

function writer(root: string, daysAgo: number) {
  return (path: string, content: string | Uint8Array, earlierMs = 0): void => {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    touch(file, daysAgo * DAY_MS + earlierMs)
  }
}

function touch(file: string, agoMs: number): void {
  const at = new Date(Date.now() - agoMs)
  utimesSync(file, at, at)
}
