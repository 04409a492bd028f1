"""OpenCV's Farneback and DIS medium on pairs of pictures: python3 opencv_flow.py FOLDER.

For each NAME_a.png, NAME_b.png, NAME.flo in FOLDER it writes NAME.farneback.flo and NAME.dis.flo, and prints
one line of JSON: {name: {method: seconds}}.
"""
import glob
import json
import sys
import time

import cv2

cv2.setNumThreads(2)
dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
methods = {
    "farneback": lambda a, b: cv2.calcOpticalFlowFarneback(a, b, None, 0.5, 3, 15, 3, 5, 1.2, 0),
    "dis": lambda a, b: dis.calc(a, b, None),
}
table = {}
for truth_file in sorted(glob.glob(sys.argv[1] + "/*.flo")):
    base = truth_file[: -len(".flo")]
    if base.endswith((".farneback", ".dis")):
        continue
    a, b = (cv2.imread(f"{base}_{side}.png", cv2.IMREAD_GRAYSCALE) for side in "ab")
    row = {}
    for name, method in methods.items():
        started = time.perf_counter()
        flow = method(a, b)
        seconds = time.perf_counter() - started
        cv2.writeOpticalFlow(f"{base}.{name}.flo", flow)
        row[name] = seconds
    table[base.split("/")[-1]] = row
print(json.dumps(table))
