import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Server, ServerResponse } from 'node:http'
import { createServer, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ActivityView, TopicName } from '../../common/protocol.ts'
import { MOST_PUSHED_ROWS } from '../../common/pushed-rows.ts'
import { openEventStream } from '../../main/service/event-stream.ts'
import { listen } from '../../main/service/listener.ts'
import { openBrowser } from '../../main/service/open-browser.ts'
import { readOperatorToken } from '../../main/service/operator-token.ts'
import { findUserId, peerUserId } from '../../main/service/peer-user.ts'
import { createSessions } from '../../main/service/sessions.ts'
import { loadStaticFiles } from '../../main/service/static-files.ts'
import { activityRow } from '../fakes/activity-row.ts'
import { createFakeApplication } from '../fakes/application.ts'
import { seededRandom } from '../fakes/host.ts'
import { VirtualClock } from '../fakes/virtual-clock.ts'

describe('sessions', () => {
  const open = (token?: string) => {
    const clock = new VirtualClock()
    return {
      clock,
      sessions: createSessions({ clock, random: seededRandom(3), ...(token === undefined ? {} : { token }) }),
    }
  }

  it('accept no token at all when the operator set none', () => {
    const { sessions } = open()
    expect(sessions.checkToken('')).toBe('refused')
    expect(sessions.checkToken('undefined')).toBe('refused')
  })

  it('keep the five newest codes and the twenty newest sessions', () => {
    const { sessions } = open()
    const codes = Array.from({ length: 6 }, () => sessions.issueCode())
    expect(sessions.redeem(codes[0]!)).toBeUndefined()
    expect(sessions.redeem(codes[5]!)).toBeDefined()
    const live = Array.from({ length: 21 }, () => sessions.redeem(sessions.issueCode()))
    expect(sessions.isLive(live[0])).toBe(false)
    expect(sessions.isLive(live[20])).toBe(true)
  })

  it('last as long as they are used, at most a week', async () => {
    const { clock, sessions } = open()
    const session = sessions.redeem(sessions.issueCode())
    for (let hours = 0; hours < 160; hours += 10) {
      expect(sessions.isLive(session)).toBe(true)
      await clock.advance(10 * 3_600_000)
    }
    await clock.advance(10 * 3_600_000)
    expect(sessions.isLive(session)).toBe(false)
  })

  it('forget earlier mistakes after a right secret', () => {
    const { sessions } = open('the-right-token-0123')
    for (let round = 0; round < 5; round++) {
      for (let guess = 0; guess < 9; guess++) expect(sessions.checkToken('wrong')).toBe('refused')
      expect(sessions.checkToken('the-right-token-0123')).toBe('accepted')
    }
  })
})

describe('the files of the interface', () => {
  it('are those of the directory, by URL path, without links that lead out of it', async () => {
    const root = mkdtempSync(join(tmpdir(), 'tidekeep-static-'))
    mkdirSync(join(root, 'out', 'assets'), { recursive: true })
    writeFileSync(join(root, 'secret.html'), 'CANARY')
    writeFileSync(join(root, 'out', 'index.html'), 'index')
    writeFileSync(join(root, 'out', 'assets', 'a-1.css'), 'a{}')
    writeFileSync(join(root, 'out', 'notes.txt'), 'not served')
    symlinkSync(join(root, 'secret.html'), join(root, 'out', 'link.html'))
    const files = await loadStaticFiles(join(root, 'out'))
    expect([...files.keys()].sort()).toEqual(['/', '/assets/a-1.css', '/index.html'])
    expect(files.get('/assets/a-1.css')).toMatchObject({ type: 'text/css; charset=utf-8', immutable: true })
    expect(files.get('/')).toMatchObject({ immutable: false })
  })

  it('are none when the renderer was not built', async () => {
    expect((await loadStaticFiles('/nonexistent/renderer')).size).toBe(0)
  })
})

describe('who is at the other end', () => {
  const TABLE = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100 0 0 10 0',
    '   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 0 0 10 -1',
    '   2: 0100007F:D431 0100007F:1F90 01 00000000:00000000 00:00000000 00000000   777        0 3 1 0 20 0 0 10 -1',
  ].join('\n')

  it('is read from the row of the peer, not from our own', () => {
    expect(findUserId(TABLE, { localPort: 0x1f90, remotePort: 0xd431 })).toBe(777)
    expect(findUserId(TABLE, { localPort: 0x1f90, remotePort: 0xd432 })).toBeUndefined()
    expect(findUserId('', { localPort: 1, remotePort: 2 })).toBeUndefined()
  })

  it('is this user for a connection of this process', async () => {
    if (process.platform !== 'linux') {
      console.log('not run: /proc/net/tcp (Linux only)')
      return
    }
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
    const client = connect((server.address() as { port: number }).port, '127.0.0.1')
    expect(await peerUserId(await accepted)).toBe(process.getuid?.())
    client.destroy()
    server.close()
  })
})

describe('the token of an operator', () => {
  it('comes from the environment or from a file', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tidekeep-token-')), 'token')
    writeFileSync(file, 'from-a-file-0123456789\n')
    expect(await readOperatorToken({})).toBeUndefined()
    expect(await readOperatorToken({ TIDEKEEP_TOKEN: 'from-the-environment' })).toBe('from-the-environment')
    expect(await readOperatorToken({ TIDEKEEP_TOKEN_FILE: file })).toBe('from-a-file-0123456789')
  })

  it('is refused when it could be guessed, without being repeated', async () => {
    const refusal: unknown = await readOperatorToken({ TIDEKEEP_TOKEN: 'hunter2' }).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'invalid' })
    expect(String(refusal)).not.toContain('hunter2')
    await expect(readOperatorToken({ TIDEKEEP_TOKEN_FILE: '/nonexistent' })).rejects.toMatchObject({
      code: 'not-found',
    })
  })
})

describe('opening the browser', () => {
  it('says no instead of failing where there is no opener', async () => {
    const path = process.env['PATH']
    process.env['PATH'] = '/nonexistent'
    try {
      expect(await openBrowser('http://127.0.0.1:1/')).toBe(false)
    } finally {
      process.env['PATH'] = path
    }
  })
})

/** A response whose reader stopped reading. */
class StuckResponse extends EventEmitter {
  writableLength = 0
  destroyed = false
  text = ''
  writeHead(): void {}
  flushHeaders(): void {}
  write(text: string): boolean {
    this.text += text
    this.writableLength += text.length
    return false
  }
  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

describe('an event stream', () => {
  const open = async (topics: readonly TopicName[] = ['status']) => {
    const clock = new VirtualClock()
    const application = createFakeApplication({ scenario: 'protected', clock })
    const response = new StuckResponse()
    openEventStream({ application, clock, topics, response: response as unknown as ServerResponse })
    await clock.advance(0)
    return { clock, application, response }
  }

  it('sends a heartbeat every fifteen seconds', async () => {
    const { clock, response } = await open()
    await clock.advance(45_000)
    expect(response.text.match(/^: $/gm)).toHaveLength(3)
  })

  it('ends for a client that reads nothing for a minute, and stops its timers', async () => {
    const { clock, response } = await open()
    response.writableLength = 1_000_000
    await clock.advance(60_000)
    expect(response.destroyed).toBe(false)
    await clock.advance(30_000)
    expect(response.destroyed).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('keeps only the latest status for a full buffer, and sends it once there is room', async () => {
    const { application, response } = await open()
    const before = response.text.length
    response.writableLength = 1_000_000
    for (let push = 0; push < 100; push++) application.patchStatus({ sentence: `Number ${push}.` })
    expect(response.text).toHaveLength(before)
    response.writableLength = 0
    response.emit('drain')
    expect(response.text.slice(before).match(/event: status/g)).toHaveLength(1)
    expect(response.text).toContain('Number 99.')
  })

  it('keeps the newest activity rows for a full buffer, and sends them once there is room', async () => {
    const { application, response } = await open(['activity'])
    response.writableLength = 1_000_000
    application.publishActivity(Array.from({ length: 1_000 }, (_, index) => activityRow(index + 1)))
    expect(response.destroyed).toBe(false)
    expect(response.text).toBe('')
    response.writableLength = 0
    response.emit('drain')
    const rows = JSON.parse(/^data: (.*)$/m.exec(response.text)![1]!) as readonly ActivityView[]
    expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: MOST_PUSHED_ROWS }, (_, index) => 801 + index))
  })
})

describe('a port that may not be used', () => {
  /** What is said where the system answers like that. */
  async function refusal(code: string, port: number): Promise<unknown> {
    const server = new EventEmitter() as Server
    server.listen = () => {
      queueMicrotask(() => server.emit('error', Object.assign(new Error(code), { code, port })))
      return server
    }
    return listen(server, { host: '127.0.0.1', port }).catch((error: unknown) => error)
  }

  it('is told with a way out where it is one of the system', async () => {
    expect(await refusal('EACCES', 80)).toMatchObject({
      code: 'forbidden',
      message: 'Tidekeep cannot listen at port 80.',
      fix: 'Ports below 1024 are for the system: choose a higher one, or leave it out to get a free one.',
    })
    expect(await refusal('EACCES', 8080)).toMatchObject({ code: 'forbidden', fix: undefined })
    expect(await refusal('EADDRNOTAVAIL', 80)).toMatchObject({ code: 'unavailable', fix: undefined })
  })
})
