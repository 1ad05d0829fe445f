import {area, describe} from './shapes.js';
import settings from './settings.json' with {type: 'json'};

print(settings.greeting, 'from', import.meta.url.split('/').at(-1));
print(describe({width: 3, height: 4}));

// Only now, and only once.
const {default: late} = await import('./late.js');
print(late, area({width: 5, height: 5}));
print((await import('./late.js')).default === late);
