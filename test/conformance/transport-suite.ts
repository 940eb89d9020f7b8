import { expect } from 'vitest'
import type { Answer } from '../../common/client.ts'
import { TidekeepError } from '../../common/errors.ts'
import type { ActivityView, Caller, Client, StatusView } from '../../common/protocol.ts'
import { activityRow } from '../fakes/activity-row.ts'
import type { FakeApplication } from '../fakes/application.ts'
import { seededRandom } from '../fakes/host.ts'

/** One transport under test, in front of a fake application in the `protected` scenario. */
export interface TransportSubject {
  readonly application: FakeApplication
  readonly transport: Caller['transport']
  readonly client: Client
  /** Sends anything at all, past every type, and gives back the answer as it came. */
  readonly raw: (name: unknown, params: unknown) => Promise<Answer>
}

export interface TransportCheck {
  readonly name: string
  readonly run: (subject: TransportSubject) => Promise<void>
}

const OFTEN = { interval: 5 }

/** What every transport owes the program: the same list for HTTP, the control socket and Electron's IPC. */
export const transportChecks: readonly TransportCheck[] = [
  {
    name: 'gives back exactly what the handler answers',
    run: async ({ client, application }) => {
      const direct = await application.handlers['status.get']({}, { transport: 'direct' })
      expect(await client.call('status.get', {})).toEqual(direct)
      expect(await client.call('folders.remove', { id: 'd0c0d0c0' })).toEqual({})
      expect(await client.call('sources.browse', { path: '' })).toMatchObject({ path: '/home/ada' })
    },
  },
  {
    name: 'hands the parameters over unchanged, and says which transport they came by',
    run: async ({ client, application, transport }) => {
      const params = {
        path: '/home/ada/Ümläut 👩‍🚀 \u202E "<b>\\n',
        target: 's3://bucket/a b',
        ignore: ['*.tmp', '\u2028'],
      }
      await client.call('folders.add', params)
      expect(application.calls.at(-1)).toEqual({ name: 'folders.add', params, caller: { transport } })
    },
  },
  {
    name: 'throws the error of the handler with its code, message, path and fix',
    run: async ({ client, application }) => {
      application.failNext(
        'folders.sync',
        new TidekeepError({ code: 'forbidden', message: 'No.', path: '/a/ü', fix: 'Ask.', cause: new Error('CANARY') }),
      )
      const error: unknown = await client.call('folders.sync', {}).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(TidekeepError)
      expect(error).toMatchObject({ code: 'forbidden', message: 'No.', path: '/a/ü', fix: 'Ask.' })
    },
  },
  {
    name: 'says nothing about an error nobody foresaw',
    run: async ({ raw, application }) => {
      application.failNext('status.get', new Error('CANARY at /home/ada/.secret'))
      const answer = await raw('status.get', {})
      expect(answer).toMatchObject({ ok: false, error: { code: 'internal' } })
      expect(JSON.stringify(answer)).not.toMatch(/CANARY|\.secret|\.ts:|stack/)
    },
  },
  {
    name: 'refuses calls that are not in the table',
    run: async ({ raw, application }) => {
      for (const name of ['engine.format', 'constructor', '__proto__', 'hasOwnProperty', 'Status.Get', 'status.get ']) {
        expect(await raw(name, {})).toMatchObject({ ok: false, error: { code: 'invalid' } })
      }
      expect(application.calls).toEqual([])
    },
  },
  {
    name: 'refuses parameters with the name of the field, before any handler sees them',
    run: async ({ raw, application }) => {
      expect(await raw('queue.list', { limit: 0 })).toMatchObject({ ok: false, error: { code: 'invalid' } })
      const answer = await raw('folders.remove', { id: '../..' })
      expect(JSON.stringify(answer)).toContain('\\"id\\"')
      for (const params of [null, 7, 'x', [], { surprise: 1 }, JSON.parse('{"__proto__":{"a":1}}')]) {
        expect(await raw('status.get', params)).toMatchObject({ ok: false, error: { code: 'invalid' } })
      }
      expect(application.calls).toEqual([])
    },
  },
  {
    name: 'survives 500 random messages and accepts none',
    run: async ({ raw, application }) => {
      const random = seededRandom(7)
      const junk = [null, -1, '', 'x'.repeat(5000), [], {}, { id: {} }, { limit: 'a' }, { path: 1 }, true, { '': 0 }]
      const names = ['folders.add', 'queue.drop', 'folders.decide', 'accounts.save', 'settings.set', 'nothing', '']
      for (let round = 0; round < 500; round++) {
        const name = names[Math.floor(random.next() * names.length)]
        const answer = await raw(name, junk[Math.floor(random.next() * junk.length)])
        expect(answer.ok).toBe(false)
      }
      expect(application.calls).toEqual([])
    },
  },
  {
    name: 'keeps a hundred calls at once apart',
    run: async ({ client }) => {
      const paths = Array.from({ length: 100 }, (_, index) => `/home/ada/${index}`)
      const views = await Promise.all(paths.map((path) => client.call('sources.browse', { path })))
      expect(views.map((view) => view.path)).toEqual(paths)
    },
  },
  {
    name: 'carries ten thousand rows',
    run: async ({ client, application }) => {
      application.publishActivity(Array.from({ length: 10_000 }, (_, index) => row(2_000_000 + index)))
      const rows = await client.call('activity.list', { limit: 10_000 })
      expect(rows).toHaveLength(10_000)
      expect(rows[0]).toEqual(row(2_009_999))
    },
  },
  {
    name: 'begins a status subscription with the present status, then follows it',
    run: async ({ client, application }) => {
      const seen: StatusView[] = []
      const end = client.subscribe('status', (status) => void seen.push(status))
      await expect.poll(() => seen.length, OFTEN).toBeGreaterThan(0)
      expect(seen[0]?.headline).toBe('protected')
      application.patchStatus({ sentence: 'Changed.' })
      await expect.poll(() => seen.at(-1)?.sentence, OFTEN).toBe('Changed.')
      end()
    },
  },
  {
    name: 'delivers nothing any more once a subscription ended',
    run: async ({ client, application }) => {
      const ended: string[] = []
      const other: string[] = []
      const end = client.subscribe('status', (status) => void ended.push(status.sentence))
      const endOther = client.subscribe('status', (status) => void other.push(status.sentence))
      await expect.poll(() => Math.min(ended.length, other.length), OFTEN).toBeGreaterThan(0)
      end()
      application.patchStatus({ sentence: 'After the end.' })
      await expect.poll(() => other.at(-1), OFTEN).toBe('After the end.')
      expect(ended).not.toContain('After the end.')
      endOther()
    },
  },
  {
    name: 'appends activity in order, to every subscriber',
    run: async ({ client, application }) => {
      const lists: ActivityView[][] = [[], []]
      const status: unknown[] = []
      const ends = [
        ...lists.map((list) => client.subscribe('activity', (rows) => void list.push(...rows))),
        client.subscribe('status', (value) => void status.push(value)),
      ]
      await expect.poll(() => status.length, OFTEN).toBeGreaterThan(0)
      // Subscribing is not answered; a row that arrives shows that it has happened.
      await expect
        .poll(() => {
          application.publishActivity([row(1)])
          return lists.every((list) => list.length > 0)
        }, OFTEN)
        .toBe(true)
      application.publishActivity([row(10), row(11)])
      application.publishActivity([row(12)])
      for (const list of lists) {
        await expect.poll(() => list.filter(({ id }) => id >= 10).map(({ id }) => id), OFTEN).toEqual([10, 11, 12])
      }
      for (const end of ends) end()
    },
  },
]

function row(id: number): ActivityView {
  return { ...activityRow(id), folderId: 'd0c0d0c0', path: `ü/${id} \u2028 <b>` }
}
