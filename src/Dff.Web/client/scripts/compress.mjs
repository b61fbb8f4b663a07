// Writes a Brotli copy beside every text file of the build, which the server sends to browsers that take it.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'

function walk(directory) {
    for (const name of readdirSync(directory)) {
        const path = join(directory, name)
        if (statSync(path).isDirectory()) walk(path)
        else if (/\.(js|css|html|svg|json)$/.test(name)) {
            const options = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
            writeFileSync(path + '.br', brotliCompressSync(readFileSync(path), options))
        }
    }
}

walk('dist')
