"""OpenCV's DIS medium between consecutive pictures: python3 opencv_dis_pairs.py FOLDER.

For NNNNN.png and the next picture it writes NNNNN.forward.flo and NNNNN.backward.flo.
"""
import glob
import sys

import cv2

dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
files = sorted(glob.glob(sys.argv[1] + "/*.png"))
for first, second in zip(files, files[1:]):
    a, b = (cv2.imread(file, cv2.IMREAD_GRAYSCALE) for file in (first, second))
    cv2.writeOpticalFlow(first.replace(".png", ".forward.flo"), dis.calc(a, b, None))
    cv2.writeOpticalFlow(first.replace(".png", ".backward.flo"), dis.calc(b, a, None))
