import { describe, expect, test } from "vitest";
import { checkLavfi } from "../../src/video/lavfi.ts";

describe("a lavfi source", () => {
  test.each([
    "testsrc2=size=640x360:rate=24",
    "mandelbrot=size=480x270:start_scale=0.5,trim=end_frame=32,hue=h=60:s=0.6[one];color[two];[one][two]concat=n=2",
    " testsrc2 [a] ; [a] hflip ",
    "nullsrc=s=64x64,geq=lum='if(gt(X,32),255,0)':cb=128",
    "life=s=64x64:mold=10",
    "testsrc2@name=size=64x64",
    "color=c=red:s=64x64, format = gray",
  ])("%s is accepted", (graph) => {
    expect(() => checkLavfi(graph)).not.toThrow();
  });

  test.each([
    // Files, sockets, commands, plugins.
    "movie=/etc/passwd",
    "amovie=x.wav",
    "color,drawtext=textfile=/etc/passwd",
    "color,drawtext=text=a:fontfile=x",
    "color,subtitles=x.srt",
    "color,ass=x.ass",
    "color,lut3d=x.cube",
    "color,lut1d=file=x.cube",
    "color,curves=psfile=x.acv",
    "color,removelogo=x.png",
    "color,metadata=print:file=x.txt",
    "color,psnr=stats_file=x.txt",
    "color,vidstabdetect=result=x",
    "color,sendcmd=f=x.cmd",
    "color,zmq",
    "color,azmq",
    "frei0r_src=64x64:x",
    "color,frei0r=x",
    "ladspa=f=x",
    "openclsrc=source=x.cl",
    // Obfuscated names.
    "mo\\vie=x",
    "'movie'=x",
    "m'ovi'e=x",
    " movie = x",
    "\tmovie=x",
    "movie@a=x",
    "[a]movie=x",
    "testsrc2[a];movie=x[b];[a][b]overlay",
    "testsrc2=size='64x64',movie=x",
    "testsrc2=size=64x64\\,,movie=x",
    "testsrc2[a,movie=x];movie=x",
    "sws_flags=bilinear;movie=x",
    // Options that name files.
    "life=/etc/passwd",
    "life=filename=/etc/passwd",
    "life=f=/etc/passwd",
    "life='f'=/etc/passwd",
    "life=file\\name=/etc/passwd",
    "life=s=64x64:filename=/etc/passwd",
    "life=s='64x64:filename=/etc/passwd'",
    "cellauto=/etc/passwd",
    "color,geq=/lum=/etc/passwd",
    "color,geq='/lum=/etc/passwd'",
    "color,geq=lum=1: /cb = /etc/passwd",
    // Invalid graphs.
    "",
    " ",
    "=",
    "[",
    "'",
    "\\",
    "color,,color",
    "color;",
    "constructor",
    "color=[",
  ])("%s is refused", (graph) => {
    expect(() => checkLavfi(graph)).toThrow(expect.objectContaining({ code: "FILTER_REFUSED" }));
  });
});
