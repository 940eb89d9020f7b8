import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { codeOf } from '../fakes/s3/direct-store.ts'
import { FAULTS } from './support/network-faults.ts'
import { COLUMNS, hit, openWorld, type Column, type NetworkWorld } from './support/network-world.ts'

/** The table that every cell is held against. UPDATE_MATRIX=1 writes it anew; then every changed cell is to be looked at. */
const TABLE = fileURLToPath(new URL('network-matrix.md', import.meta.url))
const HEADING = `# What becomes of every request under every fault

Rows are faults, columns the requests of the S3 provider. A cell says how the call ended, how often the request was made,
of how many in all, and with \`*\` that the store holds afterwards what the call was to make. Each call is made by the
provider alone, without the retries around it: what ends in an error here ends well at its second attempt, in every cell.
\`unproved\`: parts of a file have no digest of their own; whoever joins them proves the whole.
\`test/faults/network-matrix.test.ts\` makes each cell.
`

interface Cell {
  readonly text: string
  /** What is wrong whatever the table says. */
  readonly problems: readonly string[]
}

let accounts = 0

async function live(column: Column, fault: string): Promise<Cell> {
  const world = await openWorld(column.isFresh === true ? `fresh-${accounts++}` : 'known')
  try {
    await column.arrange?.(world)
    return await outcomeOf(world, column, fault)
  } finally {
    await world.close()
  }
}

async function outcomeOf(world: NetworkWorld, column: Column, fault: string): Promise<Cell> {
  const { store } = world
  const before = store.requests.length
  hit(store, column, FAULTS[fault]!)
  const ended = await codeOf(column.run(world))
  const made = store.requests.slice(before)
  const asked = made.filter(({ operation }) => operation === column.operation).length
  const isHeld = column.holds(world)
  const problems: string[] = []
  const code = ended.includes('other bytes') && column.name.includes('range') ? 'unproved' : ended
  if (code.startsWith('thrown')) problems.push(code)
  if (code === 'ok' && !isHeld) problems.push('it ended well, but the store does not hold it')
  store.fault = () => undefined
  const again = code === 'ok' || code === 'unproved' ? 'ok' : await codeOf(column.run(world))
  if (again !== 'ok') problems.push(`the second attempt ended in ${again}`)
  if (!column.holds(world)) problems.push('the store does not hold it after the second attempt')
  // I4: one version, and one more at most for the fault.
  const versions = Math.max(...['file', 'copy'].map((key) => store.bucket.versions(key).filter(isContent).length))
  if (versions > 2 + (column.name.includes('metadata') ? 1 : 0)) problems.push(`${versions} versions of one file`)
  return { text: `${code} ${asked}/${made.length}${isHeld ? '*' : ''}`, problems }
}

function isContent({ deleteMarker }: { readonly deleteMarker: boolean }): boolean {
  return !deleteMarker
}

function readTable(): ReadonlyMap<string, readonly string[]> {
  const rows = readFileSync(TABLE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
  const cells = rows.map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
  return new Map(cells.map(([name = '', ...rest]) => [name, rest]))
}

function writeTable(cells: ReadonlyMap<string, readonly string[]>): void {
  const rows = [...cells].map(([name, row]) => `| ${[name, ...row].join(' | ')} |`)
  const names = `| fault | ${COLUMNS.map(({ name }) => name).join(' | ')} |`
  const rule = `|${' --- |'.repeat(COLUMNS.length + 1)}`
  writeFileSync(TABLE, [HEADING, names, rule, ...rows, ''].join('\n'))
}

describe(`${Object.keys(FAULTS).length} faults of the network and the store on ${COLUMNS.length} requests (T4)`, () => {
  const made = new Map<string, readonly string[]>()
  const problems: string[] = []

  beforeAll(async () => {
    // What the store can do is found out before, for all columns but the first calls.
    for (const name of ['PutObject', 'CreateMultipartUpload', 'CopyObject', 'UploadPartCopy']) {
      const column = COLUMNS.find((each) => each.name === name)!
      const world = await openWorld()
      await column.arrange?.(world)
      await column.run(world)
      await world.close()
    }
    for (const fault of Object.keys(FAULTS)) {
      const row: Cell[] = []
      for (const column of COLUMNS) row.push(await live(column, fault))
      made.set(
        fault,
        row.map(({ text }) => text),
      )
      for (const [at, cell] of row.entries())
        problems.push(...cell.problems.map((problem) => `${fault}, ${COLUMNS[at]!.name}: ${problem}`))
    }
    if (process.env['UPDATE_MATRIX'] === '1') writeTable(made)
  })

  it('never pass for success, never leave more than one version too many, and are over with the second attempt', () => {
    console.log(`${[...made.values()].flat().length} cells`)
    expect(problems).toEqual([])
  })

  it.each(Object.keys(FAULTS))('%s ends as the table says, with as many requests', (fault) => {
    expect(made.get(fault)).toEqual(readTable().get(fault))
  })

  it('the table has a row for each fault and a column for each request', () => {
    const table = readTable()
    expect(table.get('fault')).toEqual(COLUMNS.map(({ name }) => name))
    expect([...table.keys()].filter((name) => name !== 'fault' && name !== '---')).toEqual(Object.keys(FAULTS))
  })

  it('no request ever names another host than the one that was configured', async () => {
    for (const fault of ['portal 302', '301 to http', '307 other host', '301 other region'])
      for (const column of COLUMNS) {
        const world = await openWorld('known')
        await column.arrange?.(world)
        hit(world.store, column, FAULTS[fault]!, 3)
        await codeOf(column.run(world))
        expect(new Set(world.store.requests.map(({ headers }) => headers['host']))).toEqual(new Set(['matrix.test']))
        await world.close()
      }
  })
})
