"use strict";
// The telephone's sound in the browser: the microphone as 20 ms of 8 kHz µ-law, and the same back as sound.
const RATE = 8000;
const FRAME = 160;
const HELD = 480; // 60 ms wait before sound is played, so that what comes unevenly is heard evenly
const MOST = 2400; // what waits longer than 300 ms is dropped, down to those 60 ms
const FINE = 256;

// A windowed sinc: a sample of the new rate is weighed from those of the old around its moment.
class Resampler {
  constructor(from, to) {
    this.step = from / to;
    const edge = 0.46 * Math.min(1, to / from);
    this.reach = Math.ceil(8 * Math.max(1, this.step));
    this.weights = new Float32Array(this.reach * FINE + 2);
    for (let at = 0; at < this.weights.length; at += 1) {
      const apart = at / FINE;
      const turn = Math.PI * Math.min(1, apart / this.reach);
      const sinc = apart === 0 ? 2 * edge : Math.sin(2 * Math.PI * edge * apart) / (Math.PI * apart);
      this.weights[at] = sinc * (0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn));
    }
    this.clear();
  }

  clear() {
    this.kept = new Float32Array(this.reach);
    this.at = this.reach;
  }

  get left() { return this.kept.length - this.at; }

  add(samples) {
    const whole = new Float32Array(this.kept.length + samples.length);
    whole.set(this.kept);
    whole.set(samples, this.kept.length);
    this.kept = whole;
  }

  skip(count) { this.at += count; }

  take(most) {
    const made = [];
    while (made.length < most && this.at + this.reach < this.kept.length) {
      let sum = 0;
      const last = Math.floor(this.at + this.reach);
      for (let old = Math.ceil(this.at - this.reach); old <= last; old += 1) {
        sum += (this.kept[old] || 0) * this.weights[Math.round(Math.abs(old - this.at) * FINE)];
      }
      made.push(sum);
      this.at += this.step;
    }
    const done = Math.max(0, Math.floor(this.at) - this.reach);
    this.kept = this.kept.slice(done);
    this.at -= done;
    return made;
  }
}

function encoded(sample) {
  let value = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
  const sign = value < 0 ? 0x80 : 0;
  value = Math.min(Math.abs(value), 32635) + 132;
  const segment = Math.floor(Math.log2(value)) - 7;
  return ~(sign | (segment << 4) | ((value >> (segment + 3)) & 0x0f)) & 0xff;
}

function decoded(code) {
  const bits = ~code & 0xff;
  const size = (((bits & 0x0f) << 3) + 132 << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80 ? -size : size) / 32768;
}

class Telephone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.inward = new Resampler(sampleRate, RATE);
    this.outward = new Resampler(RATE, sampleRate);
    this.frame = new Uint8Array(FRAME);
    this.filled = 0;
    this.peak = 0;
    this.isPlaying = false;
    this.isMuted = false;
    this.port.onmessage = ({ data }) => this.obey(data);
  }

  obey(data) {
    if (data.sound) this.outward.add(Float32Array.from(new Uint8Array(data.sound), decoded));
    if (data.clear) { this.outward.clear(); this.isPlaying = false; }
    if ("mute" in data) this.isMuted = data.mute;
    if (this.outward.left > MOST) this.outward.skip(this.outward.left - HELD);
  }

  speak(samples) {
    this.inward.add(samples);
    for (const sample of this.inward.take(Infinity)) {
      this.peak = Math.max(this.peak, Math.abs(sample));
      this.frame[this.filled] = encoded(sample);
      this.filled += 1;
      if (this.filled === FRAME) {
        if (!this.isMuted) this.port.postMessage({ frame: this.frame.slice(), peak: this.peak });
        this.filled = 0;
        this.peak = 0;
      }
    }
  }

  process(inputs, outputs) {
    const [spoken] = inputs[0];
    if (spoken) this.speak(spoken);
    const [heard] = outputs[0];
    if (heard && (this.isPlaying || this.outward.left >= HELD)) {
      const samples = this.outward.take(heard.length);
      heard.set(samples);
      this.isPlaying = samples.length === heard.length;
    }
    return true;
  }
}

registerProcessor("telephone", Telephone);
