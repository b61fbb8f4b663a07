import { expect, test } from 'vitest'
import { limitsInWords, withoutEmpty } from './throttling'

const say = (window: string, count: number) => `${count}/${window}`

test.each([
  [null, []],
  [{}, []],
  [{ byHour: null }, []],
  [{ byHour: 500, bySecond: 10 }, ['10/bySecond', '500/byHour']],
  [{ byYear: 1, byMinute: null }, ['1/byYear']],
])('%j in words is %j', (limits, expected) => expect(limitsInWords(limits, say)).toEqual(expected))

test.each([
  [{}, null],
  [{ byHour: null, byDay: undefined }, null],
  [{ byHour: 5, byDay: null }, { byHour: 5 }],
])('%j is sent as %j', (limits, expected) => expect(withoutEmpty(limits)).toEqual(expected))
