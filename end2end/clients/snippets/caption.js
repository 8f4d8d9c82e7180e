const formData = new FormData();
formData.append("image", imageFile);
formData.append("max_length", "256");
const response = await fetch("http://localhost:8000/caption", { method: "POST", body: formData });
