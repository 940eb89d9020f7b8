import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'

/** `name:password:uid:…`; see passwd(5). */
const LINE = /^([^:]+):[^:]*:(\d+):/

/** Names of the accounts of this computer by their numbers; read once, when first asked for. */
export class Owners {
  #names: Promise<ReadonlyMap<number, string>> | undefined

  /** Undefined for accounts that only a directory service knows. */
  async nameOf(uid: number): Promise<string | undefined> {
    this.#names ??= readNames()
    return (await this.#names).get(uid)
  }
}

async function readNames(): Promise<ReadonlyMap<number, string>> {
  const names = new Map<number, string>()
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  for (const line of text.split('\n')) {
    const [, name, uid] = LINE.exec(line) ?? []
    if (name !== undefined && !names.has(Number(uid))) names.set(Number(uid), name)
  }
  try {
    const { uid, username } = userInfo()
    names.set(uid, username)
  } catch {
    // Nobody knows the account that this program runs as, as in a container.
  }
  return names
}
