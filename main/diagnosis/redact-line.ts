import { parseLine } from '../telemetry/log-reader.ts'

/** Fields whose texts are words of the program. */
const WORDS: ReadonlySet<string> = new Set([
  'time',
  'level',
  'event',
  'code',
  'kind',
  'reason',
  'what',
  'call',
  'state',
  'method',
  'folderId',
  'lane',
  'phase',
  'transport',
])
/** What such a word, and a field's name, looks like; nothing with a separator of paths or addresses in it. */
const WORD = /^[\w .:-]{1,60}$/

/** A line of the log without anything that a person, a machine or a file is called. What is left out is counted. */
export function redactLine(line: string): string {
  const shown: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(parseLine(line))) {
    if (!WORD.test(name)) continue
    if (typeof value === 'number' || typeof value === 'boolean') shown[name] = value
    else if (typeof value === 'string') {
      shown[name] = WORDS.has(name) && WORD.test(value) ? value : `[${value.length} characters]`
    }
  }
  return JSON.stringify(shown)
}
