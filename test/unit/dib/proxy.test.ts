import { expect, test } from 'vitest'
import { proxiesFor } from '../../../src/dib/proxy.ts'

const withPassword = 'it holds a user or a password'
const noAddress = 'it is no plain address'

test.each([
  [{}, {}, []],
  [
    {
      http_proxy: 'http://proxy.example:3128',
      https_proxy: 'proxy.example:3128/',
      no_proxy: 'localhost, .example,::1',
    },
    { http_proxy: 'http://proxy.example:3128', https_proxy: 'proxy.example:3128/', no_proxy: 'localhost,.example,::1' },
    [],
  ],
  [{ HTTP_PROXY: 'http://[fd00::1]:8080', http_proxy: '' }, { http_proxy: 'http://[fd00::1]:8080' }, []],
  [{ http_proxy: 'http://a', HTTP_PROXY: 'http://b' }, { http_proxy: 'http://a' }, []],
  [{ http_proxy: 'http://user:sesame@proxy:3128' }, {}, [{ name: 'http_proxy', reason: withPassword }]],
  [{ https_proxy: 'http://proxy;reboot' }, {}, [{ name: 'https_proxy', reason: noAddress }]],
  [{ no_proxy: '$(reboot)' }, {}, [{ name: 'no_proxy', reason: noAddress }]],
  [{ ftp_proxy: 'http://a', all_proxy: 'http://a' }, {}, []],
])('%j', (caller, environment, withheld) => {
  expect(proxiesFor(caller)).toEqual({ environment, withheld })
})
