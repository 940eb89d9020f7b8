import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An S3 store somebody else wrote, ready to be used. */
export interface RealServer {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly bucket: string
  close(): Promise<void>
}

/** How one is found and started. `start` gives undefined where it is not installed. */
export interface RealServerKind {
  readonly name: string
  readonly howToGet: string
  /** Names of checks it is known to fail, each with the reason. They must fail: a difference that went away is to be removed here. */
  readonly differences: Readonly<Record<string, string>>
  readonly preconditions: 'enforced' | 'checked'
  /** Whether content is put together there; undefined where anything may be. */
  readonly assembles: boolean | undefined
  /** Proves what is put together of objects that have no CRC32 of their own. */
  readonly provesOthers?: true
  /** Asks who it is that asks. */
  readonly knowsKeys?: true
  start(): Promise<RealServer | undefined>
}

const KEYS = { accessKeyId: 'tidekeep-test', secretAccessKey: 'tidekeep-test-secret' }
const BUCKET = 'tidekeep-conformance'
const START_DEADLINE_MS = 30_000

/** The independent servers this repository knows how to start. */
export const REAL_SERVERS: readonly RealServerKind[] = [
  {
    name: 'versitygw',
    howToGet:
      'go install github.com/versity/versitygw/cmd/versitygw@latest, then put it on PATH or set TIDEKEEP_VERSITYGW',
    differences: {},
    preconditions: 'enforced',
    // It shows the checksum of the whole source for a range of it.
    assembles: false,
    provesOthers: true,
    knowsKeys: true,
    start: startVersityGateway,
  },
  {
    name: 'moto',
    howToGet: "pip install 'moto[server]', then put moto_server on PATH or set TIDEKEEP_MOTO_SERVER",
    differences: {},
    preconditions: 'enforced',
    // It keeps the checksums of parts as they were told, and never looks.
    assembles: false,
    start: startMoto,
  },
  {
    name: 'the store of TIDEKEEP_TEST_S3_ENDPOINT',
    howToGet: 'set TIDEKEEP_TEST_S3_ENDPOINT, _KEY, _SECRET and _BUCKET',
    differences: {},
    preconditions: 'enforced',
    assembles: undefined,
    start: useConfigured,
  },
]

/** Not with `--sidecar`: attributes there are replaced apart from the content, and readers see one with the other. */
async function startVersityGateway(): Promise<RealServer | undefined> {
  const command = findCommand(process.env['TIDEKEEP_VERSITYGW'], 'versitygw')
  if (command === undefined) return undefined
  const directory = mkdtempSync(join(tmpdir(), 'versitygw-'))
  const data = join(directory, 'data')
  mkdirSync(join(data, BUCKET), { recursive: true })
  const port = await freePort()
  const { accessKeyId, secretAccessKey } = KEYS
  const flags = [
    '--port',
    `127.0.0.1:${port}`,
    '--access',
    accessKeyId,
    '--secret',
    secretAccessKey,
    '--quiet',
    '--keep-alive',
  ]
  return launch({ command, args: [...flags, 'posix', data], port, directory })
}

async function startMoto(): Promise<RealServer | undefined> {
  const command = findCommand(process.env['TIDEKEEP_MOTO_SERVER'], 'moto_server')
  if (command === undefined) return undefined
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'moto-'))
  const server = await launch({ command, args: ['-H', '127.0.0.1', '-p', String(port)], port, directory })
  await fetch(`${server.endpoint}/${BUCKET}`, { method: 'PUT' })
  return server
}

async function useConfigured(): Promise<RealServer | undefined> {
  const { env } = process
  const endpoint = env['TIDEKEEP_TEST_S3_ENDPOINT']
  if (endpoint === undefined) return undefined
  return {
    endpoint,
    accessKeyId: env['TIDEKEEP_TEST_S3_KEY'] ?? '',
    secretAccessKey: env['TIDEKEEP_TEST_S3_SECRET'] ?? '',
    bucket: env['TIDEKEEP_TEST_S3_BUCKET'] ?? BUCKET,
    close: async () => {},
  }
}

/** The named program if it can be run at all. */
function findCommand(configured: string | undefined, name: string): string | undefined {
  const command = configured ?? name
  const probe = spawnSync(command, ['--help'], { stdio: 'ignore', timeout: 20_000 })
  return probe.error === undefined && probe.status === 0 ? command : undefined
}

async function launch(parts: {
  command: string
  args: readonly string[]
  port: number
  directory: string
}): Promise<RealServer> {
  const child = spawn(parts.command, parts.args, { stdio: 'ignore' })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const endpoint = `http://127.0.0.1:${parts.port}`
  const deadlineMs = performance.now() + START_DEADLINE_MS
  while (!(await answers(endpoint))) {
    if (performance.now() > deadlineMs || child.exitCode !== null) {
      child.kill()
      throw new Error(`${parts.command} did not start`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return {
    endpoint,
    ...KEYS,
    bucket: BUCKET,
    close: async () => {
      child.kill()
      await exited
      rmSync(parts.directory, { recursive: true, force: true })
    },
  }
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint)
    return true
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
