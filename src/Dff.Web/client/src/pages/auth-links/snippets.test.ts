import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { callUrl, getUrl, pythonLiteral, shellQuoted, snippet } from './snippets'

const origin = 'https://dff.example:8443'
const awkward = {
  quotes: `it's "quoted" \\ 'twice'`,
  shell: '$(rm -rf /) `id` $HOME ! * ? [a] {b} ~ # & ; | < >',
  lines: 'one\ntwo\r\tthree\u2028four',
  unicode: '移动端 🙂 é',
  at: '@/etc/passwd',
  types: [true, false, null, 1.5, -0, 1e21, '', {}, [], { nested: { deep: [true] } }],
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8' })
}

test('an ID with characters of URLs stays one part of the path', () =>
  expect(callUrl(origin, 'a:b.c/?x=1#é')).toBe('https://dff.example:8443/api/v1/al/a%3Ab.c%2F%3Fx%3D1%23%C3%A9'))

describe('the URL', () => {
  test('without arguments is the address', () => expect(getUrl(origin, 'x', {})).toBe(callUrl(origin, 'x')))

  test('is simplified where all arguments are text', () => {
    const kwargs = { name: `O'Neill & 'sons' (=?#) 世界 +`, 'odd name': '' }
    const url = new URL(getUrl(origin, 'x', kwargs))
    expect(url.pathname).toBe('/api/v1/al/x/simplified')
    expect(Object.fromEntries(url.searchParams)).toEqual(kwargs)
    expect(url.href).not.toMatch(/['()*!]/)
  })

  test('keeps types as JSON', () => {
    const url = new URL(getUrl(origin, 'x', awkward))
    expect(url.pathname).toBe('/api/v1/al/x')
    expect(JSON.parse(url.searchParams.get('kwargs') ?? '')).toEqual(JSON.parse(JSON.stringify(awkward)))
  })

  test('bears half of a surrogate pair', () => expect(getUrl(origin, 'x', { a: '\ud800' })).toContain('%EF%BF%BD'))
})

test.each(Object.values(awkward).filter((value) => typeof value === 'string'))('a shell reads %j as one word', (text) =>
  expect(run('sh', '-c', `printf %s ${shellQuoted(text)}`)).toBe(text),
)

test('curl sends the arguments as they are', () => {
  const text = snippet('curl', origin, 'x', awkward).replace(/^curl /, 'printf "%s\\0" ')
  const words = run('sh', '-c', text).split('\0')
  expect(words[0]).toBe(callUrl(origin, 'x'))
  expect(JSON.parse(words[words.indexOf('--data-raw') + 1] ?? '')).toEqual({
    kwargs: JSON.parse(JSON.stringify(awkward)) as unknown,
  })
})

test('Python reads the arguments as they are', () => {
  const program = `import json; print(json.dumps(${pythonLiteral(awkward)}))`
  expect(JSON.parse(run('python3', '-c', program))).toEqual(JSON.parse(JSON.stringify(awkward)))
})

test('the Python snippet is a program', () => {
  const text = snippet('python', origin, 'x', awkward)
  expect(run('python3', '-c', 'import ast, sys; print(len(ast.parse(sys.argv[1]).body) > 3)', text).trim()).toBe('True')
  expect(text).toContain('import urllib.request')
})

test('the JavaScript snippet sends the arguments as they are', async () => {
  const kwargs = { ...awkward, ['__proto__']: 1 }
  const text = snippet('javascript', origin, "x'y", kwargs)
  const sent: { url: string; body: string }[] = []
  const fetched = (url: string, options: { body: string }) => {
    sent.push({ url, body: options.body })
    return Promise.resolve(new Response('{}', { headers: { 'Content-Type': 'application/json' } }))
  }
  const program = new Function('fetch', 'console', `return (async () => {${text}})()`) as (
    ...given: unknown[]
  ) => unknown
  await program(fetched, { log: () => undefined })
  expect(sent[0]?.url).toBe(callUrl(origin, "x'y"))
  expect(JSON.parse(sent[0]?.body ?? '')).toEqual(JSON.parse(JSON.stringify({ kwargs })))
})
