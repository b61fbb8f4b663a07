import { afterEach, expect, test, vi } from 'vitest'
import { EventParser, followEvents, type ServerEvent } from './server-events'

afterEach(() => vi.unstubAllGlobals())

test('events are taken apart wherever the stream is cut', () => {
  const text =
    'event: log\ndata: {"lines":["é"]}\nid: 1\n\n: a comment\n\nevent: end\r\ndata: one\r\ndata: two\r\nid: 2\r\n\r\n'
  const whole = new EventParser().push(text)
  expect(whole).toEqual([
    { id: '1', name: 'log', data: '{"lines":["é"]}' },
    { id: '2', name: 'end', data: 'one\ntwo' },
  ])
  for (let cut = 1; cut < text.length; cut++) {
    const parser = new EventParser()
    expect([...parser.push(text.slice(0, cut)), ...parser.push(text.slice(cut))]).toEqual(whole)
  }
})

test('a broken stream is carried on after its last event', async () => {
  const asked: (string | undefined)[] = []
  const answers = ['id: 7\nevent: log\ndata: a\n\n', 'id: 8\nevent: end\ndata: b\n\n']
  vi.stubGlobal('fetch', (_url: string, init: { headers: Record<string, string> }) => {
    asked.push(init.headers['Last-Event-ID'])
    return Promise.resolve(new Response(answers.shift() ?? ''))
  })
  const events: ServerEvent[] = []
  await followEvents('/x', {}, (event) => events.push(event) === 2, new AbortController().signal)
  expect(asked).toEqual([undefined, '7'])
  expect(events.map(({ data }) => data)).toEqual(['a', 'b'])
})

test('a refusal ends the wait', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('', { status: 403 })))
  await followEvents('/x', {}, () => true, new AbortController().signal)
})
