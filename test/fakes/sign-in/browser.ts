/** What a browser does with an authorize address: loads the page and sends its form to where it says. Answers what it then shows. */
export async function browse(url: string, origin: string): Promise<{ readonly status: number; readonly text: string }> {
  const page = await fetch(url.replace(/^https:\/\/[^/]+/, origin))
  const html = await page.text()
  const action = /action="([^"]+)"/.exec(html)?.[1]
  if (action === undefined) return { status: page.status, text: html }
  const fields = [...html.matchAll(/name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value])
  return post(action, new URLSearchParams(fields))
}

/** Sends a form to the port a sign-in listens on. */
export async function post(
  address: string,
  form: URLSearchParams,
): Promise<{ readonly status: number; readonly text: string }> {
  const reply = await fetch(address.replace('//localhost', '//127.0.0.1'), { method: 'POST', body: form })
  return { status: reply.status, text: await reply.text() }
}
