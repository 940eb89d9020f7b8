import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadStaticFiles } from '../../main/service/static-files.ts'
import { SCHEME_PRIVILEGES, createSchemeHandler } from '../../main/shell/scheme.ts'

describe('app://tidekeep', () => {
  let handle: ReturnType<typeof createSchemeHandler>
  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tidekeep-scheme-'))
    await mkdir(join(directory, 'renderer', 'assets'), { recursive: true })
    await writeFile(join(directory, 'secret.html'), 'secret')
    await writeFile(join(directory, 'renderer', 'index.html'), '<!doctype html>')
    await writeFile(join(directory, 'renderer', 'assets', 'main-1.js'), '1')
    handle = createSchemeHandler(await loadStaticFiles(join(directory, 'renderer')))
  })

  it('serves the files of the renderer with their type and the strictest policy', async () => {
    for (const [path, type] of [
      ['index.html', 'text/html; charset=utf-8'],
      ['', 'text/html; charset=utf-8'],
      ['assets/main-1.js', 'text/javascript; charset=utf-8'],
      ['index.html?x=1#/folders', 'text/html; charset=utf-8'],
    ] as const) {
      const response = handle(new Request(`app://tidekeep/${path}`))
      expect(response.status, path).toBe(200)
      expect(response.headers.get('content-type')).toBe(type)
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
      const policy = response.headers.get('content-security-policy')
      for (const directive of [
        "default-src 'none'",
        "connect-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
      ]) {
        expect(policy).toContain(directive)
      }
      expect(policy).not.toMatch(/unsafe|\*|https?:/)
    }
  })

  it.each([
    'app://tidekeep/../secret.html',
    'app://tidekeep/%2e%2e/secret.html',
    'app://tidekeep/..%2fsecret.html',
    'app://tidekeep/assets/../../secret.html',
    'app://tidekeep/assets',
    'app://tidekeep/assets/',
    'app://tidekeep//index.html',
    'app://tidekeep/index.html/',
    'app://tidekeep/INDEX.HTML',
    'app://tidekeep/index.html%00.js',
    'app://tidekeep/__proto__',
    'app://tidekeep/constructor',
    'app://tidekeep.evil/index.html',
    'app://evil/index.html',
    'app://tidekeep:1/index.html',
    'file:///etc/passwd',
  ])('answers 404 to %s', (url) => {
    expect(handle(new Request(url)).status).toBe(404)
  })

  it('answers nothing but GET', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS']) {
      expect(handle(new Request('app://tidekeep/index.html', { method })).status).toBe(405)
    }
  })

  it('has no privilege it does not need', () => {
    expect(SCHEME_PRIVILEGES.privileges).toEqual({ standard: true, secure: true, codeCache: true })
  })
})
