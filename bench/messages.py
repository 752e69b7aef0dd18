"""The messages that rows measure with: synthetic, and as a laboratory writes them."""


def oru(control_id, size):
    """An ORU^R01 of about `size` bytes. No field repeats, since simple-hl7 cannot read such ones."""
    text = (f"MSH|^~\\&|LAB|NORTH|EHR|SOUTH|20260309120000||ORU^R01^ORU_R01|{control_id}|P|2.5.1\r"
            "PID|1||100200300^^^NORTH^MR||SAMPLE^PERSON^Q^^^^L||19700101|F|||1 EXAMPLE STREET^^TOWN^ZZ^00000^XX^H||"
            "^PRN^PH^^1^555^0100|||M||ACC0001\r"
            "PV1|1|I|W1^R2^B3^NORTH||||D100^DOCTOR^EXAMPLE|||MED||||1|||D100^DOCTOR^EXAMPLE|IN|V0001\r"
            "ORC|RE|ORD448811|LAB99182||CM\r"
            "OBR|1|ORD448811|LAB99182|24323-8^Comprehensive metabolic panel^LN|||20260309113000|||||||||"
            "D200^DOCTOR^OTHER||||||20260309115500|||F\r")
    rows = []
    left = size - len(text)
    while left > 0:
        n = len(rows) + 1
        rows.append(f"OBX|{n}|NM|{2000 + n}-{n % 10}^Analyte number {n}^LN^A{n}^ANALYTE {n}^L||{40 + n % 60}.{n % 10}|"
                    "mmol/L^millimole per liter^UCUM|3.5-5.1|N|||F|||20260309115500|NORTH^North Laboratory|"
                    "TECH7^WORKER^EXAMPLE\r")
        left -= len(rows[-1])
    return (text + "".join(rows)).encode()
