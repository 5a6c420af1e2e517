/** The page's only style. */
export const pageStyle = `
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; color: #1b1f23; background: #f3f5f6; overflow-wrap: anywhere; }
header { background: #12344d; color: #fff; padding: 1.2rem max(1rem, calc(50% - 40rem)); }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; } h1 small { font-weight: 400; color: #b9cbd8; }
header a { color: #fff; margin-right: 1.2rem; } header p { margin: .4rem 0 0; max-width: 60rem; }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 2rem; max-width: 82rem; margin: 0 auto; padding: 0 1rem 4rem; }
@media (min-width: 64rem) { main { grid-template-columns: minmax(0, 1fr) 22rem; } }
h2 { font-size: 1.2rem; margin: 1.5rem 0 .6rem; }
article, aside > section { background: #fff; border: 1px solid #d5dade; border-radius: 6px; padding: 1rem 1.1rem; margin-bottom: 1rem; }
aside > section { margin-top: 1.5rem; } aside h2 { margin-top: 0; }
article:target { border-color: #0b6e4f; box-shadow: 0 0 0 2px #0b6e4f; } li:target > p:first-child { background: #e7f4ee; }
h3 { margin: 0; font-size: 1.15rem; } h3 small { color: #4a5258; font-weight: 400; margin-left: .4rem; }
h4 { margin: 0 0 .4rem; font-size: .8rem; text-transform: uppercase; letter-spacing: .05em; color: #4a5258; }
.hint { margin: .1rem 0 .8rem; color: #4a5258; font-size: .9rem; }
.sides { display: grid; gap: 1.2rem 1.6rem; } .sides section { min-width: 0; }
@media (min-width: 46rem) { .sides { grid-template-columns: 1fr 1fr; } .sides section + section { border-left: 1px solid #e4e8eb; padding-left: 1.6rem; } }
dl { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .15rem .6rem; margin: 0 0 .8rem; }
dt { color: #4a5258; } dd { margin: 0; }
form, .row { display: flex; flex-wrap: wrap; gap: .5rem .4rem; align-items: end; } form { margin: 0 0 .7rem; } .row form { margin: 0; }
label { font-size: .85rem; color: #4a5258; } select, input { font: inherit; color: #1b1f23; display: block; max-width: 100%; padding: .3rem .4rem; border: 1px solid #75808a; border-radius: 4px; background: #fff; }
input[type="date"] { width: 8.7rem; padding-right: .1rem; } button { font: inherit; padding: .35rem .9rem; border: 1px solid transparent; border-radius: 4px; background: #0b6e4f; color: #fff; cursor: pointer; }
button:hover { background: #08543c; }
button.quiet { background: #fff; border-color: #75808a; color: #1b1f23; } button.quiet:hover { background: #eceff1; }
button.warning { background: #fff; border-color: #9a3412; color: #9a3412; } button.warning:hover { background: #fdf0ea; }
:focus-visible { outline: 3px solid #d98200; outline-offset: 1px; }
.result { border-left: 4px solid #75808a; background: #f3f5f6; padding: .4rem .7rem; margin: .8rem 0 0; font-size: .9rem; } .result small { color: #4a5258; }
.written { border-color: #0b6e4f; background: #e7f4ee; } .waiting { border-color: #b26a00; background: #fdf4e3; } .quarantined { border-color: #b3261e; background: #fbeceb; }
.alert { background: #fbeceb; border-bottom: 4px solid #b3261e; padding: .8rem max(1rem, calc(50% - 40rem)); } .alert p { margin: 0 0 .5rem; max-width: 52rem; }
.announced { list-style: none; margin: 0; padding: 0; } .announced li { border-top: 1px solid #e4e8eb; padding: .8rem 0; font-size: .95rem; } .announced li > p { margin: 0 0 .3rem; } .announced small { color: #4a5258; }
.announced li:first-child { border: 0; padding-top: 0; }
details { margin: .5rem 0; font-size: .9rem; } summary { cursor: pointer; } details p { margin: .3rem 0; }
pre { background: #f3f5f6; border-radius: 4px; padding: .6rem; margin: .4rem 0; white-space: pre-wrap; font-size: .8rem; }
a { color: #0b5394; } code { font-size: .9em; }
`;
