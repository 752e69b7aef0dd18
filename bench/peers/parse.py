"""parse.py FILE: what bench/hl7_parse_bench.cpp does, by python3-hl7."""
import json
import pathlib
import sys
import time

import hl7


def parse(data):
    message = hl7.parse(data.decode())
    msh, pid, obx = message.segment("MSH"), message.segment("PID"), message.segments("OBX")[-1]
    return [str(msh[10]), str(msh[9][0][1]), str(pid[3][0][0]), str(pid[5][0][0]), str(obx[3][0][0])]


def main():
    data = pathlib.Path(sys.argv[1]).read_bytes()
    for line in sys.stdin:
        count = int(line)
        before = time.process_time()
        for _ in range(count):
            texts = parse(data)
        print(json.dumps({"ns": (time.process_time() - before) * 1e9 / count, "texts": texts}), flush=True)


if __name__ == "__main__":
    main()
